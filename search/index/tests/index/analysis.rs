use aegle_sealed::analyse;
use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};
use unicode_normalization::UnicodeNormalization;

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
    "Ménière's disease and Sjögren’s syndrome; naïve to biologics; Waldenström macroglobulinæmia.",
    "Pt c/o N/V/D x3d, s/p lap chole — no BM since Tues.",
    "ﬁbrillation of the ＡＴＲＩＵＭ, ½ tablet, 10² cells, № 5, Ⅳ. stadium",
    "Der Patient klagte über Übelkeit; größere Dosis. Η ΚΑΡΔΙΑ ΤΟΥ ΑΣΘΕΝΟΥΣ. Сердце. 心臓病",
    "generically generously generation communism arsenal university past skis dying news innings",
    "running runs ran easily fairly happily relational conditional rationally valenci hesitanci",
    "supercalifragilisticexpialidociousnesses0 pneumonoultramicroscopicsilicovolcanoconiosis-like",
    "İstanbul ISPARTA ẞ ſ Ω \u{212b}ngström e\u{301}le\u{300}ve",
    "",
    " \t\n … -- '' \"\" ",
];

fn with_tantivy(text: &str) -> Vec<String> {
    let mut chain = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(40))
        .filter(LowerCaser)
        .filter(StopWordFilter::new(Language::English).unwrap())
        .filter(Stemmer::new(Language::English))
        .build();
    let normal: String = text.nfkc().collect();
    let mut words = Vec::new();
    chain
        .token_stream(&normal)
        .process(&mut |token| words.push(token.text.clone()));
    words
}

#[test]
fn words_are_those_of_tantivy() {
    let mut total = 0;
    for sentence in SENTENCES {
        let words = analyse(sentence);
        assert_eq!(words, with_tantivy(sentence), "{sentence}");
        total += words.len();
    }
    assert!(total > 200, "only {total} words were compared");
}

proptest::proptest! {
    #[test]
    fn words_of_any_text_are_those_of_tantivy(text in "(\\PC|[a-z]{2,9}(ing|ed|s|ly|ness|ational) ?){0,40}") {
        proptest::prop_assert_eq!(analyse(&text), with_tantivy(&text));
    }
}
