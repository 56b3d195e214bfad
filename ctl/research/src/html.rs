//! Text that becomes HTML: the one place that escapes, and the small forms that all sections share.

use royale_plane::DeflatedSharpe;

/// Escapes text for element content and for quoted attributes.
pub(crate) fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters have no business on a page.
            c if c.is_control() && c != '\n' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// The class of a signed figure: `pos`, `neg`, or nothing for zero.
pub(crate) fn sign_class(value: f64) -> &'static str {
    if value > 0.0 {
        "pos"
    } else if value < 0.0 {
        "neg"
    } else {
        ""
    }
}

/// An optional figure with so many decimals, or `n/a`.
pub(crate) fn figure(value: Option<f64>, decimals: usize) -> String {
    match value.filter(|value| value.is_finite()) {
        Some(value) => format!("{value:.decimals$}"),
        None => "<span class=\"na\">n/a</span>".to_owned(),
    }
}

/// A Sharpe ratio less what luck gives, and how probable it is that the true one is above that.
pub(crate) fn deflated(value: Option<DeflatedSharpe>) -> String {
    let Some(value) = value else { return figure(None, 2) };
    let skill = value.probability.map_or_else(String::new, |p| format!(" (P {p:.2})"));
    format!("{}{skill}", figure(Some(value.excess), 2))
}

/// A table cell of a number, with the class of its sign.
pub(crate) fn signed_cell(text: &str, value: f64) -> String {
    format!("<td class=\"num {}\">{}</td>", sign_class(value), esc(text))
}

/// Table head: names that begin with `#` are columns of numbers.
pub(crate) fn table_head(names: &[&str]) -> String {
    let mut out = String::from("<thead><tr>");
    for name in names {
        match name.strip_prefix('#') {
            Some(name) => out.push_str(&format!("<th class=\"num\">{}</th>", esc(name))),
            None => out.push_str(&format!("<th>{}</th>", esc(name))),
        }
    }
    out.push_str("</tr></thead>");
    out
}

/// A decimal text of the board as a number, for pictures and signs only.
pub(crate) fn number(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}

/// A decimal text of the board as money for the eye.
pub(crate) fn money(text: &str) -> String {
    let value = number(text);
    let (whole, sign) = (value.abs(), if value < -0.004_999 { "-" } else { "" });
    let plain = format!("{whole:.2}");
    let (digits, rest) = plain.split_once('.').unwrap_or((&plain, "00"));
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out}.{rest}")
}

/// The same with a plus sign before a gain.
pub(crate) fn signed_money(text: &str) -> String {
    let shown = money(text);
    if number(text) > 0.0 && shown != "0.00" { format!("+{shown}") } else { shown }
}

/// A count with separators of thousands.
pub(crate) fn count(value: u64) -> String {
    let text = money(&value.to_string());
    text.trim_end_matches(".00").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_becomes_markup() {
        assert_eq!(
            esc("<script>alert('x')</script>&\"\u{7}"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;\u{fffd}"
        );
    }

    #[test]
    fn money_and_counts_for_the_eye() {
        assert_eq!(money("-1234567.891"), "-1,234,567.89");
        assert_eq!(money("-0.004"), "0.00");
        assert_eq!(signed_money("12.5"), "+12.50");
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
