//! The words of a text, by tantivy.

use std::collections::HashMap;
use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};
use unicode_normalization::UnicodeNormalization;

/// Words of this many bytes or more are not searchable.
const TOO_LONG: usize = 40;

/// The analysis, once without and once with the stemmer. It remembers texts: most displays come thousands of times.
pub struct Words {
    plain: TextAnalyzer,
    stemmed: TextAnalyzer,
    known: HashMap<Box<str>, (Vec<String>, Vec<String>)>,
}

impl Default for Words {
    fn default() -> Self {
        let common = StopWordFilter::new(Language::English).expect("tantivy has a list of English stop words");
        let chain = || {
            TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(RemoveLongFilter::limit(TOO_LONG))
                .filter(LowerCaser)
                .filter(common.clone())
        };
        Self {
            plain: chain().build(),
            stemmed: chain().filter(Stemmer::new(Language::English)).build(),
            known: HashMap::new(),
        }
    }
}

impl Words {
    /// The words of `text` as they are written, in lower case, and their stems; stop words are not among them.
    pub fn of(&mut self, text: &str) -> &(Vec<String>, Vec<String>) {
        if !self.known.contains_key(text) {
            let normal: String = text.nfkc().collect();
            let mut words = || {
                let words = run(&mut self.plain, &normal);
                (words, run(&mut self.stemmed, &normal))
            };
            self.known.insert(text.into(), words());
        }
        &self.known[text]
    }
}

fn run(chain: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    chain
        .token_stream(text)
        .process(&mut |token| words.push(token.text.clone()));
    words
}
