//! A synthetic population, and a plaintext oracle for questions about it.
//!
//! The population (`scripts/population.sh`) is read with the client's own reader, which also derives the keywords by
//! which each record is labelled: [`population`]. Beside them [`facts`] writes down what each resource says in plain
//! strings, taken from its JSON, and [`term`] answers each kind of term on those strings by the simplest means: it
//! compares dates as text, numbers as fractions, words letter by letter. It knows neither keywords, spans nor
//! neighbourhoods. What both sides share is the parsed JSON, Unicode's normalization, and the stemmer inside tantivy.
//!
//! [`asking`] draws questions of every kind at random; `tests/oracle` asks them of a real index and compares.

pub mod asking;
mod calendar;
pub mod draws;
pub mod facts;
pub mod files;
pub mod form;
pub mod lexicon;
pub mod number;
pub mod population;
pub mod question;
pub mod term;
pub mod unit;
pub mod words;
