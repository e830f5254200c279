import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cardOf } from '../src/fhir/card.ts'
import { narrativeText } from '../src/fhir/narrative.ts'
import { charts } from '../stage/examples.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('cards', () => {
  it('show a measurement with its unit, its normal range and how it is judged', () => {
    const card = cardOf({
      resourceType: 'Observation',
      id: 'a',
      status: 'final',
      code: { coding: [{ code: '15074-8', display: 'Glucose' }] },
      valueQuantity: { value: 6.3, unit: 'mmol/l', comparator: '>' },
      interpretation: [{ coding: [{ code: 'H' }] }],
      referenceRange: [{ low: { value: 3.1, unit: 'mmol/l' }, high: { value: 6.2, unit: 'mmol/l' } }],
      derivedFrom: [{ reference: 'Observation/b' }],
    })
    assert.equal(card.title, 'Glucose')
    assert.equal(card.summary, '> 6.3 mmol/l')
    assert.deepEqual(card.values, [{ name: 'Glucose', value: '> 6.3 mmol/l', normal: '3.1 mmol/l – 6.2 mmol/l', judged: 'H' }])
    assert.deepEqual(card.hidden, ['derivedFrom'])
  })

  it('show each part of a measurement that has parts', () => {
    const part = (text: string, value: number) => ({ code: { text }, valueQuantity: { value, unit: 'mmHg' } })
    const curve = { code: { text: 'Curve' }, valueSampledData: { data: '1 2 3' } }
    const card = cardOf({ resourceType: 'Observation', code: { text: 'Blood pressure' }, component: [part('Systolic', 120), part('Diastolic', 80), curve] })
    assert.deepEqual(card.hidden, ['component (Curve)'])
    assert.deepEqual(card.values.map(({ name, value }) => `${name} ${value}`), ['Systolic 120 mmHg', 'Diastolic 80 mmHg'])
  })

  it('show the text of a document, and name what is no text', () => {
    const content = [
      { attachment: { contentType: 'text/plain; charset=utf-8', data: base64('Grüße') } },
      { attachment: { contentType: 'application/pdf', title: 'Letter', data: 'JVBERg==' } },
      { attachment: { contentType: 'text/html', data: base64('<p onclick="x()">Dear <b>Ann</b></p><script>alert(1)</script>') } },
      { attachment: { contentType: 'text/plain', data: base64('\xff\xfe') + '!' } },
    ]
    const card = cardOf({ resourceType: 'DocumentReference', type: { text: 'Note' }, content })
    assert.deepEqual(card.texts, ['Grüße', 'Dear Ann'])
    assert.deepEqual(card.hidden, ['content (Letter, application/pdf)', 'content (text/plain)'])
  })

  it('read narratives as text', () => {
    assert.equal(narrativeText('<div><p>a &lt;b&gt; &amp;&#160;c</p><p>d<br/>e</p></div>'), 'a <b> &\u00a0c\nd\ne')
    assert.equal(narrativeText('<img src=x onerror="alert(1)">'), '')
  })

  it('make something of anything', () => {
    for (const json of [null, 1, 'a', [], {}, { resourceType: 3 }, { resourceType: 'Observation', component: 'x', code: 7, text: { div: 3 } }]) {
      assert.equal(typeof cardOf(json).type, 'string', JSON.stringify(json))
    }
  })

  it('say something or name what they do not show, of every example', async () => {
    const found = await charts(['example', 'f001', 'f201', 'xcda', 'pat1'])
    let count = 0
    for (const resource of [...found.values()].flat()) {
      count += 1
      const { title, lines, values, texts, hidden } = cardOf(resource)
      assert(title ?? (lines.length || values.length || texts.length || hidden.length), `${resource.resourceType}/${resource.id}`)
    }
    assert(count > 300, String(count))
  })
})
