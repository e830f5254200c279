import { organisation as listOrganisation, type Reader, type UnreviewedGlass } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { unchecked } from '../chain/roles.ts'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { reasonKey } from '../sharing/reasons.ts'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { LookedBack, useDepth } from '../ui/LookedBack.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'
import { ReviewDialog } from './ReviewDialog.tsx'

interface ReviewListParameters {
  readonly reviewer: Reader
  readonly organisation: number
  /** Whether an auditor of another organisation reviews, who checks what its own people have not in time, or can not. */
  readonly standsIn: boolean
}

/** The emergencies of an organisation’s clinicians that wait, and the review of those that the reviewer may check. */
export function ReviewList({ reviewer, organisation, standsIn }: ReviewListParameters) {
  const { say, count, dateTime } = useWords()
  const { session } = usePortal()
  const [asking, setAsking] = useState<UnreviewedGlass>()
  const goBack = useReturnTo('reviews')
  const depth = useDepth(goBack)
  const found = useLoad(
    async (signal) => {
      const listed = await listOrganisation(session.aegle, { organisation, lists: ['reviews'], newestBlocks: depth.newestBlocks, signal })
      const clinicians = listed.reviews.map(({ clinician }) => clinician)
      return { ...listed, cannot: standsIn ? await unchecked(session.aegle, organisation, clinicians) : new Set(clinicians) }
    },
    [session, organisation, depth.newestBlocks],
  )
  const who = ({ clinician }: UnreviewedGlass) => nameOf(session.settings, clinician) ?? say('people.code', { code: shortCode(clinician) })
  const sentenceOf = (glass: UnreviewedGlass) => {
    const { patient, openedAt, reason } = glass
    const whose = say('people.code', { code: shortCode(patient) })
    const why = reason === null ? say('review.noReason') : say(reasonKey(reason), { code: reason })
    return say('review.sentence', { who: who(glass), whose, from: dateTime(openedAt), why })
  }
  return (
    <section aria-labelledby="reviews">
      <h2 id="reviews" tabIndex={-1}>
        {say('review.waiting')}
      </h2>
      <Loading of={found} waiting={say('staff.waiting')}>
        {({ reviews, source, cannot }) => (
          <>
            <p>{count('review.count', reviews.length)}</p>
            <LookedBack source={source} depth={depth} />
            <ul class="plain">
              {reviews.map((glass) => (
                <li key={`${glass.clinician} ${glass.patient} ${glass.openedAt.getTime()}`} class={glass.overdue ? 'card alarm' : 'card'}>
                  <p class="sentence">{sentenceOf(glass)}</p>
                  <p class="strong">{say(glass.overdue ? 'review.overdue' : 'review.by', { by: dateTime(glass.reviewBy) })}</p>
                  {glass.clinician === reviewer.account.id ? (
                    <p>{say('review.own')}</p>
                  ) : glass.overdue || cannot.has(glass.clinician) ? (
                    <button type="button" class="main" onClick={() => setAsking(glass)}>
                      {say('review.button', { who: who(glass) })}
                    </button>
                  ) : (
                    <p>{say('audit.notYet')}</p>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </Loading>
      <LookAgain onLook={found.again} />
      {asking && (
        <ReviewDialog
          admin={reviewer}
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
    </section>
  )
}
