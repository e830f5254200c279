import type { Reader } from '@aegle/sdk'
import { useWords } from '../i18n.ts'
import { ReviewList } from '../staff/ReviewList.tsx'
import { Page } from '../ui/Page.tsx'

/** The emergencies of an organisation’s clinicians that wait for review by its admins. */
export function Reviews({ admin, organisation }: { admin: Reader; organisation: number }) {
  const { say } = useWords()
  return (
    <Page title={say('review.title')}>
      <p>{say('review.intro')}</p>
      <ReviewList reviewer={admin} organisation={organisation} standsIn={false} />
    </Page>
  )
}
