-- Each step of a message writes its contact's row anew, and no index of it changes: with room on its page it stays there.
ALTER TABLE "contacts" SET (fillfactor = 70);
