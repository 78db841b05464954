/** Where the server is, and our key: from the environment, never from the code. */
export const settings = { url: required('ASSENT_URL'), key: required('ASSENT_KEY') };

function required(name: 'ASSENT_URL' | 'ASSENT_KEY'): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`Set ${name}.`);
  return value.replace(/\/+$/, '');
}
