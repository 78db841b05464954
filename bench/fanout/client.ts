import { serve, tell } from '../support/serve.js';
import { createCrowd, type Greeting } from './crowd.js';

// Many subscribers in one process. The order of frames is each connection's; when all have had the nth event, it tells.
const crowd = createCrowd((received, at) => tell({ received, at }));
serve({
  join: (options: { readonly port: number; readonly count: number; readonly greeting: Greeting }) =>
    crowd.join(options),
  leave: (count: number) => crowd.leave(count),
  /** From here on events are counted from 1 again. */
  restart: crowd.restart,
  sample: crowd.sample,
});
