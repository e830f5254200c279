//! The plot: for each attack what it recovers from deterministic tokens, from the sealed index, and by chance.

use super::{Outcome, Results};
use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use std::path::Path;

const WIDTH: i32 = 1_400;
const HEIGHT: i32 = 580;
const LEFT: i32 = 80;
const RIGHT: i32 = 20;
const TOP: i32 = 90;
const BOTTOM: i32 = 110;
const BAR: i32 = 44;
const FONT: &str = "sans-serif";
const BASELINE: RGBColor = RGBColor(0xc4, 0x4e, 0x52);
const SEALED: RGBColor = RGBColor(0x2b, 0x6c, 0xb0);
const CHANCE: RGBColor = RGBColor(0x9a, 0x9a, 0x9a);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Draws the outcomes into an SVG file.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn draw(file: &Path, results: &Results) -> Drawn {
    let root = SVGBackend::new(file, (WIDTH as u32, HEIGHT as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    let title = format!(
        "What an attack recovers: {} records, {} keywords",
        results.records, results.keywords
    );
    root.draw(&Text::new(title, (WIDTH / 2, 16), text(20, HPos::Center, VPos::Top)))?;
    let legend = [
        (BASELINE, "deterministic tokens (blind index)"),
        (SEALED, "sealed index"),
        (CHANCE, "chance"),
    ];
    for ((colour, name), left) in legend.into_iter().zip([300, 590, 740]) {
        root.draw(&Rectangle::new([(left, 54), (left + 14, 68)], colour.filled()))?;
        root.draw(&Text::new(name, (left + 20, 61), text(15, HPos::Left, VPos::Center)))?;
    }

    for percent in (0..=100).step_by(20) {
        let y = height(f64::from(percent) / 100.0);
        let line = PathElement::new([(LEFT, y), (WIDTH - RIGHT, y)], RGBColor(0xdd, 0xdd, 0xdd));
        root.draw(&line)?;
        let label = format!("{percent} %");
        root.draw(&Text::new(label, (LEFT - 8, y), text(14, HPos::Right, VPos::Center)))?;
    }
    let turned = text(15, HPos::Center, VPos::Center).transform(FontTransform::Rotate270);
    root.draw(&Text::new("share recovered", (18, (TOP + HEIGHT - BOTTOM) / 2), turned))?;

    let step = (WIDTH - LEFT - RIGHT) / results.outcomes.len().max(1) as i32;
    for (position, outcome) in (0_i32..).zip(&results.outcomes) {
        draw_outcome(&root, LEFT + step * position + step / 2, outcome)?;
    }
    separate(&root, results, step)?;
    root.draw(&PathElement::new(
        [(LEFT, height(0.0)), (WIDTH - RIGHT, height(0.0))],
        BLACK,
    ))?;
    root.present()?;
    Ok(())
}

fn text(size: i32, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    let font = (FONT, size).into_font();
    font.color(&BLACK).pos(Pos::new(horizontal, vertical))
}

/// Draws the three bars of an attack, each with its value, and its name below.
fn draw_outcome(area: &Area<'_>, middle: i32, outcome: &Outcome) -> Drawn {
    for (at, (share, colour)) in (0_i32..).zip(bars(outcome)) {
        let (left, top) = (middle - BAR * 3 / 2 + BAR * at, height(share));
        let corners = [(left + 2, top), (left + BAR - 2, height(0.0))];
        area.draw(&Rectangle::new(corners, colour.filled()))?;
        let value = Text::new(
            percent(share),
            (left + BAR / 2, top - 3),
            text(12, HPos::Center, VPos::Bottom),
        );
        area.draw(&value)?;
    }
    let below = height(0.0) + 10;
    let counted = format!("of {}", outcome.counted);
    for (line, words) in (0_i32..).zip([outcome.title[0], outcome.title[1], &counted]) {
        let size = if line == 0 { 16 } else { 12 };
        area.draw(&Text::new(
            words.to_owned(),
            (middle, below + 22 * line),
            text(size, HPos::Center, VPos::Top),
        ))?;
    }
    Ok(())
}

/// Draws a line between what the sealed index is claimed to withstand and what it is not.
fn separate(area: &Area<'_>, results: &Results, step: i32) -> Drawn {
    let withstood = results.outcomes.iter().filter(|outcome| outcome.withstood).count() as i32;
    let at = LEFT + step * withstood;
    area.draw(&PathElement::new([(at, TOP - 10), (at, HEIGHT - 10)], BLACK))?;
    for (side, words) in [
        (HPos::Right, "at rest, on adding, on searching privately: withstood"),
        (HPos::Left, "on searching, on opening: not hidden"),
    ] {
        let left = if matches!(side, HPos::Right) { at - 8 } else { at + 8 };
        let style = text(13, side, VPos::Bottom);
        area.draw(&Text::new(words, (left, HEIGHT - 8), style))?;
    }
    Ok(())
}

fn bars(outcome: &Outcome) -> [(f64, RGBColor); 3] {
    [
        (outcome.baseline.share(), BASELINE),
        (outcome.sealed.share(), SEALED),
        (outcome.chance_share(), CHANCE),
    ]
}

/// Returns the height of a share, counted from above.
fn height(share: f64) -> i32 {
    let span = f64::from(HEIGHT - TOP - BOTTOM);
    HEIGHT - BOTTOM - (share * span).round() as i32
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".into(),
        small if small < 1.0 => format!("{small:.2} %"),
        value => format!("{value:.0} %"),
    }
}
