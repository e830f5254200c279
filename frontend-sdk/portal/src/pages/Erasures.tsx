import { type Erasure, erasures, type Reader } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { AskErasure } from '../erasing/AskErasure.tsx'
import { type Deed, ErasureDialog } from '../erasing/ErasureDialog.tsx'
import { type MessageKey, useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { type Custodian, nameOf } from '../settings.ts'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

interface Waiting {
  readonly custodian: Custodian
  readonly erasure: Erasure
}

/** The records that are to be erased at the hospitals of this portal: asked for, asked for too, or called off. */
export function Erasures({ admin }: { admin: Reader }) {
  const { say, count, dateTime } = useWords()
  const { session } = usePortal()
  const { custodians } = session.settings
  const [doing, setDoing] = useState<Waiting & { readonly deed: Deed }>()
  const goBack = useReturnTo('to-erase')
  const found = useLoad(
    async (signal): Promise<Waiting[]> => {
      const listed = await Promise.all(custodians.map(({ domain }) => erasures(session.aegle, { domain, signal })))
      return listed.flatMap((own, index) => own.map((erasure) => ({ custodian: custodians[index]!, erasure })))
    },
    [session, custodians],
  )
  const told = ({ custodian, erasure: { numbers, requestedBy, reason, finalAt } }: Waiting) => {
    const who = nameOf(session.settings, requestedBy) ?? say('people.code', { code: shortCode(requestedBy) })
    return count('erasing.sentence', numbers.length, { where: custodian.name, who, why: say(`erasing.reason.${reason}` as MessageKey), at: dateTime(finalAt) })
  }
  const isOwn = ({ requestedBy }: Erasure) => requestedBy === admin.account.id
  return (
    <Page title={say('erasing.title')}>
      <p>{say('erasing.intro')}</p>
      <section aria-labelledby="to-erase">
        <h2 id="to-erase" tabIndex={-1}>
          {say('erasing.waiting')}
        </h2>
        <Loading of={found} waiting={say('staff.waiting')}>
          {(all) => (
            <>
              <p>{count('erasing.count', all.length)}</p>
              <ul class="plain">
                {all.map((one) => {
                  const { custodian, erasure } = one
                  return (
                    <li key={`${custodian.domain} ${erasure.erasure}`} class="card">
                      <p class="sentence">{told(one)}</p>
                      {erasure.final ? (
                        <p class="strong">{say('erasing.final')}</p>
                      ) : (
                        <>
                          <p class="strong">{say(erasure.secondedBy === null ? 'erasing.seen' : 'erasing.hidden')}</p>
                          <div class="row">
                            {erasure.secondedBy === null && !isOwn(erasure) && (
                              <button type="button" class="danger" onClick={() => setDoing({ ...one, deed: 'second' })}>
                                {say('erasing.second.button')}
                              </button>
                            )}
                            {!(erasure.secondedBy !== null && isOwn(erasure)) && (
                              <button type="button" onClick={() => setDoing({ ...one, deed: 'cancel' })}>
                                {say('erasing.cancel.button')}
                              </button>
                            )}
                          </div>
                        </>
                      )}
                    </li>
                  )
                })}
              </ul>
            </>
          )}
        </Loading>
        <LookAgain onLook={found.again} />
      </section>
      <AskErasure
        {...{ admin, custodians }}
        onDone={() => {
          goBack()
          found.again()
        }}
      />
      {doing && (
        <ErasureDialog
          by={admin}
          domain={doing.custodian.domain}
          erasure={doing.erasure.erasure}
          deed={doing.deed}
          told={told(doing)}
          onClose={() => setDoing(undefined)}
          onDone={() => {
            setDoing(undefined)
            goBack()
            found.again()
          }}
        />
      )}
    </Page>
  )
}
