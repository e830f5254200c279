import type { NewestSource } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'

/** How far back a list looks. */
export interface Depth {
  readonly newestBlocks: number
  /** Looks further back. */
  further(): void
}

/** Begins with the newest blocks. `goBack` puts the focus on the list’s heading, since the button is gone while it reads. */
export function useDepth(goBack: () => void): Depth {
  const { listBlocks } = usePortal().session.settings
  const [newestBlocks, setNewestBlocks] = useState(listBlocks)
  const further = () => {
    goBack()
    setNewestBlocks(newestBlocks + listBlocks)
  }
  return { newestBlocks, further }
}

/** Says as of when a list is, and since when; where there is more before that, how it is shown. */
export function LookedBack({ source, depth }: { source: NewestSource; depth: Depth }) {
  const { say, dateTime } = useWords()
  return (
    <>
      <p class="small">{say('staff.source', { at: dateTime(source.at) })}</p>
      {source.since !== null && (
        <div class="notice">
          <p>{say('back.since', { since: dateTime(source.since) })}</p>
          <button type="button" onClick={depth.further}>
            {say('back.further')}
          </button>
        </div>
      )}
    </>
  )
}
