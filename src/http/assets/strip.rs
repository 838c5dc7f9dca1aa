//! What only people read is left out of scripts and styles before they are sent: comments, and space
//! that means nothing. Strings and regular expressions stay as they are, every line that may end a
//! statement goes on ending it, and of templates only markup loses what it ignores.

/// What may be sent in place of this file.
pub fn strip(path: &str, text: &str) -> String {
    // What others made is small already, and says whose it is.
    match path.rsplit_once('.') {
        Some((_, "js")) if !path.starts_with("vendor/") => Script::new(text).strip(),
        Some((_, "css")) => style(text),
        _ => text.to_owned(),
    }
}

/// Words after which a slash begins a regular expression.
const BEFORE_A_VALUE: &[&str] = &[
    "await",
    "case",
    "delete",
    "do",
    "else",
    "in",
    "instanceof",
    "new",
    "of",
    "return",
    "throw",
    "typeof",
    "void",
    "yield",
];

struct Script<'a> {
    text: &'a [u8],
    at: usize,
    out: Vec<u8>,
    /// The templates around what is read.
    templates: Vec<Template>,
}

struct Template {
    is_markup: bool,
    /// How many braces are open in its expression.
    braces: usize,
}

impl<'a> Script<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0, out: Vec::with_capacity(text.len()), templates: Vec::new() }
    }

    fn strip(mut self) -> String {
        loop {
            let gap = self.skip_gap();
            let Some(next) = self.peek(0) else { break };
            self.bridge(gap, next);
            match next {
                b'"' | b'\'' => self.copy_string(next),
                b'`' => self.copy_template(),
                b'/' if self.expects_value() => self.copy_pattern(),
                b'{' => self.open(),
                b'}' => self.close(),
                _ => self.copy(1),
            }
        }
        // Only whole pieces of the text were copied, so it is text still.
        String::from_utf8_lossy(&self.out).into_owned()
    }

    fn peek(&self, further: usize) -> Option<u8> {
        self.text.get(self.at + further).copied()
    }

    fn copy(&mut self, many: usize) {
        let end = (self.at + many).min(self.text.len());
        self.out.extend_from_slice(&self.text[self.at..end]);
        self.at = end;
    }

    /// Goes past space and comments.
    fn skip_gap(&mut self) -> Gap {
        let mut gap = Gap::None;
        while let Some(next) = self.peek(0) {
            let rest = &self.text[self.at..];
            let many = match (next, self.peek(1)) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => 1,
                (b'/', Some(b'/')) => rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()),
                (b'/', Some(b'*')) => {
                    rest[2..].windows(2).position(|end| end == b"*/").map_or(rest.len(), |end| end + 4)
                }
                _ => break,
            };
            gap = gap.max(if rest[..many].contains(&b'\n') { Gap::Line } else { Gap::Space });
            self.at += many;
        }
        gap
    }

    /// Keeps what the gap meant.
    fn bridge(&mut self, gap: Gap, next: u8) {
        let Some(&last) = self.out.last() else { return };
        match gap {
            Gap::None => {}
            // A line may end a statement, but for where one can't.
            Gap::Line if b"{(,;[".contains(&last) => {}
            Gap::Line => self.out.push(b'\n'),
            Gap::Space if stands_alone(last) || stands_alone(next) => {}
            Gap::Space => self.out.push(b' '),
        }
    }

    /// Whether what comes next is a value rather than a sign between two.
    fn expects_value(&self) -> bool {
        let written = self.out.trim_ascii_end();
        let Some(&last) = written.last() else { return true };
        if !is_of_a_word(last) {
            return !b")]\"'`".contains(&last);
        }
        let begin = written.iter().rposition(|&byte| !is_of_a_word(byte)).map_or(0, |before| before + 1);
        BEFORE_A_VALUE.iter().any(|word| word.as_bytes() == &written[begin..])
    }

    fn copy_string(&mut self, quote: u8) {
        self.copy(1);
        while let Some(next) = self.peek(0) {
            self.copy(if next == b'\\' { 2 } else { 1 });
            if next == quote {
                break;
            }
        }
    }

    fn copy_pattern(&mut self) {
        let mut is_in_class = false;
        self.copy(1);
        while let Some(next) = self.peek(0) {
            self.copy(if next == b'\\' { 2 } else { 1 });
            match next {
                b'[' => is_in_class = true,
                b']' => is_in_class = false,
                b'/' if !is_in_class => break,
                _ => {}
            }
        }
        // Its flags belong to it.
        while self.peek(0).is_some_and(is_of_a_word) {
            self.copy(1);
        }
    }

    fn copy_template(&mut self) {
        let is_markup = self.out.ends_with(b"html");
        self.copy(1);
        self.go_on_in_template(is_markup);
    }

    /// Up to its end, or to an expression in it.
    fn go_on_in_template(&mut self, is_markup: bool) {
        while let Some(next) = self.peek(0) {
            if next == b'$' && self.peek(1) == Some(b'{') {
                self.copy(2);
                self.templates.push(Template { is_markup, braces: 0 });
                return;
            }
            if is_markup && next.is_ascii_whitespace() {
                self.copy_space_of_markup();
                continue;
            }
            self.copy(if next == b'\\' { 2 } else { 1 });
            if next == b'`' {
                return;
            }
        }
    }

    /// Lines end between tags without meaning anything, and elsewhere as a space would.
    fn copy_space_of_markup(&mut self) {
        let rest = &self.text[self.at..];
        let many = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
        if !rest[..many].contains(&b'\n') {
            return self.copy(many);
        }
        let is_between_tags = self.out.last() == Some(&b'>') || rest.get(many) == Some(&b'<');
        if !is_between_tags {
            self.out.push(b'\n');
        }
        self.at += many;
    }

    fn open(&mut self) {
        self.copy(1);
        if let Some(template) = self.templates.last_mut() {
            template.braces += 1;
        }
    }

    fn close(&mut self) {
        self.copy(1);
        match self.templates.pop() {
            Some(Template { is_markup, braces: 0 }) => self.go_on_in_template(is_markup),
            Some(template) => self.templates.push(Template { braces: template.braces - 1, ..template }),
            None => {}
        }
    }
}

/// What lies between two signs, the stronger last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// Signs that never join with what is beside them.
fn stands_alone(byte: u8) -> bool {
    b"(){}[],;:?=<>&|!".contains(&byte)
}

/// Styles have no expressions: strings stay, comments go, and each run of space is one or none.
fn style(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_apart = false;
    while let Some(next) = rest.chars().next() {
        let many = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if next.is_ascii_whitespace() {
            1
        } else {
            0
        };
        if many > 0 {
            is_apart = true;
            rest = &rest[many..];
            continue;
        }
        let joins =
            out.is_empty() || out.ends_with(['{', '}', ';', ',', ':']) || matches!(next, '{' | '}' | ';');
        if is_apart && !joins {
            out.push(' ');
        }
        is_apart = false;
        if next == '}' && out.ends_with(';') {
            out.pop();
        }
        let many = if matches!(next, '"' | '\'') {
            rest[1..].find(next).map_or(rest.len(), |end| end + 2)
        } else {
            next.len_utf8()
        };
        out.push_str(&rest[..many]);
        rest = &rest[many..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_lose_comments_and_space() {
        for (text, stripped) in [
            ("// @ts-check\n// What it is.\n\nimport { a } from \"./a.js\";\n", "import{a}from \"./a.js\";"),
            ("let a = 1\n  let b = a /* no */ + +a;\n", "let a=1\nlet b=a + +a;"),
            ("return /* a\nline */ a;", "return\na;"),
            (
                "a = \"// 'no' comment\" + '/* nor \\' this */';",
                "a=\"// 'no' comment\" + '/* nor \\' this */';",
            ),
            ("a = b / c; // d/\nx = (1) / 2 / 3;", "a=b / c;x=(1)/ 2 / 3;"),
            ("a.match( /[/\"] \\/ /g );", "a.match(/[/\"] \\/ /g);"),
            ("return /  `/.test(a)", "return /  `/.test(a)"),
            ("`a  // ${ `b  ${ { c: 1 } }  /* d */` }\n  e`", "`a  // ${`b  ${{c:1}}  /* d */`}\n  e`"),
            ("html`\n  <p\n    a=${ 1 }>\n  b  c\n d\n  </p>\n`", "html`<p\na=${1}>b  c\nd</p>`"),
            ("x = \"é  😀\"; // é", "x=\"é  😀\";"),
        ] {
            assert_eq!(strip("a.js", text), stripped);
        }
    }

    #[test]
    fn styles_lose_comments_and_space() {
        let text = "/* All. */\na b,\na > b {\n  margin: 0 calc(1px + 2px);\n}\n\n.a::after { content: \"/*  */\"; }\n";
        let stripped = "a b,a > b{margin:0 calc(1px + 2px)}.a::after{content:\"/*  */\"}";
        assert_eq!(strip("a.css", text), stripped);
    }

    #[test]
    fn what_ends_too_early_is_only_shorter() {
        for text in ["/*", "\"a", "`a${", "`a", "/a", "a /", "}", "a\\", "\"\\"] {
            assert!(strip("a.js", text).len() <= text.len(), "{text}");
            assert!(strip("a.css", text).len() <= text.len(), "{text}");
        }
    }
}
