import { type Hex, type Proposal, proposals as listProposals, type Reader } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { Propose } from '../staff/Propose.tsx'
import { VoteDialog, WithdrawDialog } from '../staff/ProposalDialogs.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookedBack, useDepth } from '../ui/LookedBack.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

/** What waits for the committee, who is next, and the votes. */
export function Committee({ member }: { member: Reader }) {
  const { say, count } = useWords()
  const { session } = usePortal()
  const goBack = useReturnTo('proposals')
  const depth = useDepth(goBack)
  const { newestBlocks } = depth
  const [told, setTold] = useState('')
  const found = useLoad((signal) => listProposals(session.aegle, { newestBlocks, signal }), [session, newestBlocks])
  const changed = (what: string) => {
    setTold(what)
    goBack()
    found.again()
  }
  return (
    <Page title={say('committee.title')}>
      <p>{say('committee.intro')}</p>
      <section aria-labelledby="proposals">
        <h2 id="proposals" tabIndex={-1}>
          {say('committee.waiting')}
        </h2>
        {told !== '' && <p class="notice">{told}</p>}
        <Loading of={found} waiting={say('staff.waiting')}>
          {({ proposals, source }) => (
            <>
              <p>{count('committee.count', proposals.length)}</p>
              <LookedBack source={source} depth={depth} />
              <ul class="plain">
                {proposals.map((proposal) => (
                  <Waiting key={proposal.proposal} {...{ proposal, member, newestBlocks, changed }} lookAgain={found.again} whole={source.earlierBlocks === 0} />
                ))}
              </ul>
            </>
          )}
        </Loading>
        <LookAgain onLook={found.again} />
      </section>
      <Propose member={member} proposed={changed} counted={found.again} />
    </Page>
  )
}

interface WaitingParameters {
  readonly proposal: Proposal
  readonly member: Reader
  /** In how many of the newest blocks was looked for what it is for, and whether those are all. */
  readonly newestBlocks: number
  readonly whole: boolean
  readonly changed: (told: string) => void
  /** Looks again, though nothing is to be told. */
  readonly lookAgain: () => void
}

function Waiting({ proposal, member, newestBlocks, whole, changed, lookAgain }: WaitingParameters) {
  const { say, count, list, dateTime } = useWords()
  const { settings } = usePortal().session
  const [asking, setAsking] = useState<'vote' | 'withdraw'>()
  const { proposal: number, sentence, state, votes, threshold, voted, missing, expires } = proposal
  const own = member.account.id
  const named = (accounts: readonly Hex[]) =>
    list(accounts.map((account) => (account === own ? say('committee.you') : nameOf(settings, account) ?? say('people.code', { code: shortCode(account) }))))
  const votable = sentence !== null && (state === 'enough' || (state === 'open' && missing.includes(own)))
  const done = (told: string) => {
    setAsking(undefined)
    changed(told)
  }
  return (
    <li class="card">
      <p class="small">{say('committee.number', { number })}</p>
      {sentence === null ? (
        <p class="notice problem">{say(whole ? 'committee.unknown' : 'committee.older')}</p>
      ) : (
        <p class="sentence" lang="en">
          {sentence}
        </p>
      )}
      <p>{count('committee.votes', votes, { threshold })}</p>
      {voted.length > 0 && <p>{say('committee.voted', { who: named(voted) })}</p>}
      {state === 'open' && missing.length > 0 && <p class="strong">{say('committee.next', { who: named(missing) })}</p>}
      {state === 'enough' && <p class="strong">{say('committee.enough')}</p>}
      {state === 'expired' && <p>{say('committee.expired', { at: dateTime(expires) })}</p>}
      {state === 'superseded' && <p>{say('committee.superseded')}</p>}
      {(state === 'open' || state === 'enough') && <p>{say('committee.expires', { at: dateTime(expires) })}</p>}
      <div class="row">
        {votable && (
          <button type="button" class="main" onClick={() => setAsking('vote')}>
            {say(state === 'enough' ? 'committee.carryOut' : 'committee.vote', { number })}
          </button>
        )}
        {(voted.includes(own) || state === 'expired' || state === 'superseded') && (
          <button type="button" class="danger" onClick={() => setAsking('withdraw')}>
            {say('committee.withdraw', { number })}
          </button>
        )}
      </div>
      {asking === 'vote' && sentence !== null && (
        <VoteDialog
          {...{ member, proposal: number, sentence, newestBlocks }}
          carries={state === 'enough'}
          onCounted={lookAgain}
          onClose={() => setAsking(undefined)}
          onDone={done}
        />
      )}
      {asking === 'withdraw' && <WithdrawDialog {...{ member, proposal: number, sentence }} onClose={() => setAsking(undefined)} onDone={done} />}
    </li>
  )
}
