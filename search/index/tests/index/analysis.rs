use aegle_sealed::{analyse, limits::MAX_WORD_CHARS};
use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};

/// Sentences as they stand in notes, and a few that try the edges.
const SENTENCES: &[&str] = &[
    "The patient is a 67-year-old woman who presented with worsening shortness of breath and orthopnoea.",
    "She denies chest pain, palpitations, or syncope; there was no fever.",
    "Past medical history: hypertension, type 2 diabetes mellitus (HbA1c 7.9 %), chronic kidney disease stage 3b.",
    "Blood pressure 148/92 mmHg, heart rate 104 bpm, irregularly irregular, SpO2 91% on room air.",
    "ECG shows atrial fibrillation with rapid ventricular response, without ST-segment elevation.",
    "Echocardiography demonstrated a moderately reduced left ventricular ejection fraction (LVEF 38 %).",
    "He was started on furosemide 40mg IV twice daily, with good diuresis and improving symptoms.",
    "Biopsies were taken from the sigmoid colon; histology is pending.",
    "Allergies: penicillins (anaphylaxis, 2009), adhesive dressings.",
    "The wound is healing nicely, without erythema, swelling or discharge.",
    "Discharged home on apixaban 5 mg b.d., bisoprolol 2.5 mg o.d. and ramipril 5 mg o.d.",
    "Follow-up arranged in the heart-failure clinic in six weeks' time.",
    "Family declined genetic testing; siblings were advised to be screened.",
    "MRI brain: no evidence of acute infarction, haemorrhage or space-occupying lesion.",
    "Pt c/o N/V/D x3d, s/p lap chole - no BM since Tues.",
    "generically generously generation communism arsenal university past skis dying news innings",
    "running runs ran easily fairly happily relational conditional rationally valenci hesitanci",
    "supercalifragilisticexpialidociousnesses0 pneumonoultramicroscopicsilicovolcanoconiosis-like",
    "",
    " \t\n … -- '' \"\" ",
];

/// What tantivy's chain makes of a text whose words are written in ASCII.
fn with_tantivy(text: &str) -> Vec<String> {
    let mut chain = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_CHARS + 1))
        .filter(LowerCaser)
        .filter(StopWordFilter::new(Language::English).unwrap())
        .filter(Stemmer::new(Language::English))
        .build();
    let mut words = Vec::new();
    chain
        .token_stream(text)
        .process(&mut |token| words.push(token.text.clone()));
    words
}

/// Beyond ASCII the analysis folds, and finds words in scripts without spaces, as no chain of tantivy's does; an English
/// `'s` belongs to its word.
#[test]
fn words_in_ascii_are_those_of_tantivy() {
    let mut total = 0;
    for sentence in SENTENCES
        .iter()
        .filter(|sentence| sentence.is_ascii() && !sentence.contains('\''))
    {
        let words = analyse(sentence);
        assert_eq!(words, with_tantivy(sentence), "{sentence}");
        total += words.len();
    }
    assert!(total > 120, "only {total} words were compared");
}

proptest::proptest! {
    #[test]
    fn words_of_any_ascii_text_are_those_of_tantivy(text in "([ -&(-~]|[a-z]{2,9}(ing|ed|s|ly|ness|ational) ?){0,40}") {
        proptest::prop_assert_eq!(analyse(&text), with_tantivy(&text));
    }
}
