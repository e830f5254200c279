import { organisation as listOrganisation, type Reader, type UnreviewedGlass } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { reasonKey } from '../sharing/reasons.ts'
import { ReviewDialog } from '../staff/ReviewDialog.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

/** The emergencies of an organisation’s clinicians that wait for review. */
export function Reviews({ admin, organisation }: { admin: Reader; organisation: number }) {
  const { say, count, dateTime } = useWords()
  const { session } = usePortal()
  const [asking, setAsking] = useState<UnreviewedGlass>()
  const goBack = useReturnTo('reviews')
  const found = useLoad((signal) => listOrganisation(session.aegle, { organisation, signal }), [session, organisation])
  const who = ({ clinician }: UnreviewedGlass) => nameOf(session.settings, clinician) ?? say('people.code', { code: shortCode(clinician) })
  const sentenceOf = (glass: UnreviewedGlass) => {
    const { patient, openedAt, reason } = glass
    const whose = say('people.code', { code: shortCode(patient) })
    const why = reason === null ? say('review.noReason') : say(reasonKey(reason), { code: reason })
    return say('review.sentence', { who: who(glass), whose, from: dateTime(openedAt), why })
  }
  return (
    <Page title={say('review.title')}>
      <p>{say('review.intro')}</p>
      <section aria-labelledby="reviews">
        <h2 id="reviews" tabIndex={-1}>
          {say('review.waiting')}
        </h2>
        <Loading of={found} waiting={say('staff.waiting')}>
          {({ reviews, source }) => (
            <>
              <p>{count('review.count', reviews.length)}</p>
              <p class="small">{say('staff.source', { at: dateTime(source.at) })}</p>
              <ul class="plain">
                {reviews.map((glass) => (
                  <li key={`${glass.clinician} ${glass.patient} ${glass.openedAt.getTime()}`} class={glass.overdue ? 'card alarm' : 'card'}>
                    <p class="sentence">{sentenceOf(glass)}</p>
                    <p class="strong">{say(glass.overdue ? 'review.overdue' : 'review.by', { by: dateTime(glass.reviewBy) })}</p>
                    {glass.clinician === admin.account.id ? (
                      <p>{say('review.own')}</p>
                    ) : (
                      <button type="button" class="main" onClick={() => setAsking(glass)}>
                        {say('review.button', { who: who(glass) })}
                      </button>
                    )}
                  </li>
                ))}
              </ul>
            </>
          )}
        </Loading>
        <LookAgain onLook={found.again} />
      </section>
      {asking && (
        <ReviewDialog
          admin={admin}
          glass={asking}
          who={who(asking)}
          told={sentenceOf(asking)}
          onClose={() => {
            setAsking(undefined)
            goBack()
          }}
          onReviewed={found.again}
        />
      )}
    </Page>
  )
}
