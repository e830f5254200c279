import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'

/** A field for words to search for, and what was searched last. */
export function SearchBox({ query, onSearch }: { query: string; onSearch: (query: string) => void }) {
  const { say } = useWords()
  const [text, setText] = useState(query)
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        onSearch(text.trim())
      }}
    >
      <label for="search">{say('search.label')}</label>
      <p class="hint" id="search-hint">
        {say('search.hint')}
      </p>
      <div class="row">
        <input
          id="search"
          type="search"
          autocomplete="off"
          aria-describedby="search-hint"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit">{say('search.button')}</button>
        {query !== '' && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              setText('')
              onSearch('')
            }}
          >
            {say('search.clear')}
          </button>
        )}
      </div>
    </form>
  )
}
