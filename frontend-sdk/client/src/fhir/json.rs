//! JSON as it was written: every number as its own text, every name of an object once.
//!
//! FHIR keeps the precision of decimals (`1.10` is not `1.1`), and asks that the names of an object be unique. What a
//! general reader makes of numbers depends on the features with which it was built, and the second of two equal names
//! silently replaces the first: here a number stays text, and a name that comes twice is refused.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{collections::HashSet, fmt};

/// How deep objects and lists may lie in each other in one resource.
pub const MAX_JSON_DEPTH: usize = 127;
/// Objects of more members look for a name that comes twice in a set, smaller ones one by one.
const FEW_MEMBERS: usize = 16;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`, `true` or `false`.
    Literal,
    /// A number, as it was written.
    Number(Box<str>),
    /// A string without its escapes.
    String(Box<str>),
    /// A list.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

/// A JSON object: its members in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object(Vec<(Box<str>, Json)>);

/// Why a text is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JsonFault {
    /// It is not JSON, or a string of it is no Unicode text.
    NotJson,
    /// It nests deeper than [`MAX_JSON_DEPTH`].
    TooDeep,
    /// An object has a name twice.
    DuplicateName(String),
}

/// A fault, and the part of the text that has it.
pub(super) type Faulty<'a> = (JsonFault, &'a str);

impl Object {
    /// Reads a text that is an object.
    pub(super) fn parse(raw: &RawValue) -> Result<Self, Faulty<'_>> {
        object(raw.get(), MAX_JSON_DEPTH)
    }

    /// Reads the values of some members.
    pub(super) fn of<'a>(members: impl IntoIterator<Item = (&'a str, &'a RawValue)>) -> Result<Self, Faulty<'a>> {
        let depth = MAX_JSON_DEPTH - 1;
        let members = members.into_iter();
        let members = members.map(|(name, raw)| Ok((name.into(), value(raw.get(), depth)?)));
        Ok(Self(members.collect::<Result<_, _>>()?))
    }

    /// The member of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(own, _)| **own == *name).map(|(_, value)| value)
    }

    /// The text of a member that is a string.
    pub(crate) fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_str)
    }

    /// Whether there is a member of a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names and values, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl Json {
    /// The member of a name, of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members of an object.
    pub(crate) fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items of a list; anything else is a list of itself, as in exports that leave the brackets out.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// Everything at a path of names, through lists: `participant.actor`.
    pub(crate) fn at<'a>(&'a self, path: &str, found: &mut Vec<&'a Self>) {
        match (self, path.split_once('.')) {
            (Self::Array(items), _) => items.iter().for_each(|item| item.at(path, found)),
            (Self::Object(object), Some((name, rest))) => {
                if let Some(value) = object.get(name) {
                    value.at(rest, found);
                }
            }
            (Self::Object(object), None) => {
                if let Some(value) = object.get(path) {
                    found.extend(value.items());
                }
            }
            _ => {}
        }
    }
}

impl Object {
    /// Everything at a path of names, through lists.
    pub(crate) fn at(&self, path: &str) -> Vec<&Json> {
        let mut found = Vec::new();
        let (name, rest) = path
            .split_once('.')
            .map_or((path, None), |(name, rest)| (name, Some(rest)));
        match (self.get(name), rest) {
            (Some(value), Some(rest)) => value.at(rest, &mut found),
            (Some(value), None) => found.extend(value.items()),
            (None, _) => {}
        }
        found
    }
}

fn value(text: &str, depth: usize) -> Result<Json, Faulty<'_>> {
    let not_json = |_| (JsonFault::NotJson, text);
    Ok(match text.as_bytes().first() {
        Some(b'{') => Json::Object(object(text, depth)?),
        Some(b'[') => {
            let depth = depth.checked_sub(1).ok_or((JsonFault::TooDeep, text))?;
            let Items(items) = serde_json::from_str(text).map_err(not_json)?;
            let items = items.into_iter().map(|item| value(item.get(), depth));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::String(serde_json::from_str::<String>(text).map_err(not_json)?.into()),
        Some(b'-' | b'0'..=b'9') => Json::Number(text.into()),
        _ => Json::Literal,
    })
}

/// Names and unread values of an object.
pub(super) fn members(text: &str) -> Result<Vec<(String, &RawValue)>, Faulty<'_>> {
    let Members(members) = serde_json::from_str(text).map_err(|_| (JsonFault::NotJson, text))?;
    match twice(&members) {
        Some((name, raw)) => Err((JsonFault::DuplicateName(name.to_owned()), raw.get())),
        None => Ok(members),
    }
}

/// The unread items of a list.
pub(super) fn items(text: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(text).ok().map(|Items(items)| items)
}

/// Type and id of a resource that may be none.
pub(super) fn named(text: &str) -> Option<String> {
    let Members(members) = serde_json::from_str(text).ok()?;
    let string = |name| -> Option<String> {
        let (_, raw) = members.iter().find(|(own, _)| own == name)?;
        serde_json::from_str(raw.get()).ok()
    };
    let kind = string("resourceType")?;
    Some(string("id").map_or_else(|| format!("a {kind}"), |id| format!("{kind}/{id}")))
}

fn object(text: &str, depth: usize) -> Result<Object, Faulty<'_>> {
    let depth = depth.checked_sub(1).ok_or((JsonFault::TooDeep, text))?;
    let members = members(text)?.into_iter();
    let members = members.map(|(name, raw)| Ok((name.into(), value(raw.get(), depth)?)));
    Ok(Object(members.collect::<Result<_, _>>()?))
}

/// The first member whose name an earlier one has.
fn twice<'m, 'a>(members: &'m [(String, &'a RawValue)]) -> Option<(&'m str, &'a RawValue)> {
    if members.len() <= FEW_MEMBERS {
        let earlier = |at: usize| members[..at].iter().any(|(name, _)| *name == members[at].0);
        return (1..members.len())
            .find(|at| earlier(*at))
            .map(|at| (&*members[at].0, members[at].1));
    }
    let mut names = HashSet::new();
    let again = members.iter().find(|(name, _)| !names.insert(name));
    again.map(|(name, raw)| (&**name, *raw))
}

/// The members of an object, their values unread.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The items of a list, unread.
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Items<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonFault, MAX_JSON_DEPTH, Object};
    use serde_json::value::RawValue;

    fn read(text: &str) -> Result<Object, JsonFault> {
        let raw: &RawValue = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        Object::parse(raw).map_err(|(fault, _)| fault)
    }

    #[test]
    fn numbers_stay_as_they_are_written() {
        for number in ["1.10", "1e400", "12345678901234567890.123456789", "-0.0", "1E+2"] {
            let object = read(&format!(r#"{{"value": {number} }}"#)).unwrap_or_default();
            assert_eq!(object.get("value"), Some(&super::Json::Number(number.into())));
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_refused_however_it_is_spelled_and_wherever_it_stands() {
        let many: String = (0..40).map(|member| format!(r#""m{member}":0,"#)).collect();
        for text in [
            r#"{"a":1,"a":2}"#.to_owned(),
            r#"{"a":1,"b":2,"\u0061":3}"#.into(),
            r#"{"x":[{"y":{"a":1,"a":1}}]}"#.into(),
            format!(r#"{{{many}"a":1,"m7":2,"a":3}}"#),
        ] {
            assert!(matches!(read(&text), Err(JsonFault::DuplicateName(_))), "{text}");
        }
        assert!(read(r#"{"a":{"a":1},"b":[{"a":2},{"a":3}],"A":4}"#).is_ok());
    }

    #[test]
    fn nesting_ends_at_its_limit() {
        let nested = |depth: usize| format!(r#"{{"a":{}1{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(read(&nested(MAX_JSON_DEPTH)).is_ok());
        assert_eq!(read(&nested(MAX_JSON_DEPTH + 1)), Err(JsonFault::TooDeep));
    }

    #[test]
    fn half_a_character_is_no_text() {
        assert_eq!(read(r#"{"a":"\ud800"}"#), Err(JsonFault::NotJson));
    }
}
