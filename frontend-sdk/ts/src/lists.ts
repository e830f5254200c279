/** Where a list comes from, to be shown with it: blocks that were read, and the time of the last one. */
export interface ListSource {
  readonly firstBlock: number
  readonly lastBlock: number
  /** The time of the last block, as of which the list is. */
  readonly at: Date
}

/** A source as the core writes it. */
export type WrittenSource = Omit<ListSource, 'at'> & { at: number }

export function source({ at, ...blocks }: WrittenSource): ListSource {
  return { ...blocks, at: new Date(at) }
}
