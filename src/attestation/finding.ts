/** Something that is not as it was signed, and where. */
export type Finding = {
  readonly what:
    | 'KEY'
    | 'CHECKPOINT'
    | 'COPY'
    | 'ROOT'
    | 'SIZE'
    | 'POSITION'
    | 'ENTRY'
    | 'HASH'
    | 'TILE'
    | 'CHAIN'
    | 'TRANSITION'
    | 'EVENT'
    | 'DISCLOSURE'
    | 'STATUS';
  readonly where: string;
  readonly detail: string;
};

export type Found = (what: Finding['what'], where: string, detail: string) => void;
