/** A place in a trace, where spans can hang. */
export type Place = object;

/** Ids, kinds, counts and codes; never a phone number, a text or a variable. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export type OpenSpan = {
  /** Where that hangs which happens because of it. */
  readonly place: Place;
  readonly set: (attributes: Attributes) => void;
  /** Ends it, with a code if it failed. What is never ended is never told. */
  readonly end: (failure?: string) => void;
};

/** Tells what happens when, and because of what. */
export type Spans = {
  /** Where the work under way hangs; null outside of any. */
  readonly here: () => Place | null;
  /** Does work that hangs there, with all that it waits for. */
  readonly within: <Result>(place: Place | null, work: () => Result) => Result;
  /** What a caller says its call hangs on, as W3C trace context; null where it says nothing or nothing that is one. */
  readonly placeOf: (traceparent: unknown) => Place | null;
  readonly begin: (
    name: string,
    options: {
      readonly kind: 'SERVER' | 'INTERNAL' | 'CLIENT' | 'CONSUMER';
      readonly parent: Place | null;
      /** What it happens because of as well. */
      readonly links?: readonly Place[];
      readonly attributes: Attributes;
    },
  ) => OpenSpan;
  /** Tells what is known, within a few seconds or not at all. */
  readonly stop: () => Promise<void>;
};

/** What a failure is called: its code or its kind, and never its message. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Does work as a span, which ends with it. */
export async function asSpan<Result>(
  spans: Spans,
  span: OpenSpan,
  work: () => Promise<Result>,
  told: (result: Result) => { readonly attributes: Attributes; readonly failure?: string } = () => ({ attributes: {} }),
): Promise<Result> {
  try {
    const result = await spans.within(span.place, work);
    const { attributes, failure } = told(result);
    span.set(attributes);
    span.end(failure);
    return result;
  } catch (error) {
    span.end(failureOf(error));
    throw error;
  }
}
