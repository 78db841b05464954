import type { Admission, Way } from '../access/admission.js';
import type { ObservedOperation } from './operation-observer.js';

type Transport = ObservedOperation['transport'];

const transports: Readonly<Record<Way, Transport>> = {
  HTTP_POST: 'http',
  HTTP_GET: 'http',
  STREAM_POST: 'sse',
  STREAM_GET: 'sse',
  SOCKET: 'ws',
};

/** Admits as it did, and tells of each operation that is refused with the code that its caller is told. */
export function countedAdmission(
  { admit }: Admission,
  refused: (transport: Transport, code: unknown) => void,
): Admission {
  return {
    admit: async (viewer, given, way) => {
      const admitted = await admit(viewer, given, way);
      if ('errors' in admitted) refused(transports[way], admitted.errors[0]?.extensions['code']);
      return admitted;
    },
  };
}
