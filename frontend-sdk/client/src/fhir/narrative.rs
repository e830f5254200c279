//! The words of a narrative: XHTML without its tags.

/// The named entities of XHTML that stand between words or inside them; others are left as they are.
const ENTITIES: [(&str, char); 6] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
];
/// Longest entity that is looked at, in bytes: `&#x10FFFF;` has 8 between its ends.
const MAX_ENTITY_BYTES: usize = 8;

/// The text of `xhtml`: tags and comments become a space each, entities become their characters.
pub(super) fn text(xhtml: &str) -> String {
    let mut text = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            text.push(' ');
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if is_tag(rest) {
            text.push(' ');
            rest = rest.split_once('>').map_or("", |(_, after)| after);
        } else {
            // A mark that begins nothing stands for itself.
            let (character, after) = entity(rest).unwrap_or_else(|| (mark(rest), &rest[1..]));
            text.push(character);
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

/// Whether `text`, which begins with `<` or `&`, begins with a tag: not so `< 6`, which some narratives have.
fn is_tag(text: &str) -> bool {
    let second = text.strip_prefix('<').and_then(|after| after.chars().next());
    second.is_some_and(|second| second.is_ascii_alphabetic() || "/!?".contains(second))
}

/// The first of `<` and `&` that `text` begins with.
fn mark(text: &str) -> char {
    if text.starts_with('<') { '<' } else { '&' }
}

/// The character of the entity at the beginning of `text`, and what follows it.
fn entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.strip_prefix('&')?.split_once(';')?;
    if name.len() > MAX_ENTITY_BYTES {
        return None;
    }
    let number = name
        .strip_prefix('#')
        .map(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        });
    let character = match number {
        Some(number) => char::from_u32(number.ok()?)?,
        None => ENTITIES.iter().find(|(entity, _)| *entity == name)?.1,
    };
    Some((character, after))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn tags_go_and_entities_become_characters() {
        let cases = [
            (
                "<div><p><b>Chest</b> pain</p><p>since</p></div>",
                "   Chest  pain  since  ",
            ),
            ("a &amp; b &#233; &#x3b1; &nbsp;c", "a & b é α  c"),
            ("<!-- hidden <b> -->seen", " seen"),
            ("5 &unknown; < 6 <b>x", "5 &unknown; < 6  x"),
            ("unclosed <b", "unclosed  "),
            ("&#99999999; & end", "&#99999999; & end"),
            ("", ""),
        ];
        for (xhtml, expected) in cases {
            assert_eq!(text(xhtml), expected, "{xhtml}");
        }
    }
}
