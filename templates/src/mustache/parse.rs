//! Reads a template into nodes: one pass, each tag decided where it stands.

use super::{At, Node, TemplateError};

/// A section that is not closed yet.
struct Open {
    name: String,
    at: At,
    inverted: bool,
    /// What stood before it, on its level.
    before: Vec<Node>,
}

struct Reader<'s> {
    source: &'s str,
    /// Bytes read.
    position: usize,
    open: String,
    close: String,
    nodes: Vec<Node>,
    sections: Vec<Open>,
    /// A brace of the markup is open in this row of the template.
    in_property: bool,
}

/// The nodes of a template.
pub(super) fn nodes(source: &str) -> Result<Vec<Node>, TemplateError> {
    let mut reader = Reader {
        source,
        position: 0,
        open: "{{".into(),
        close: "}}".into(),
        nodes: Vec::new(),
        sections: Vec::new(),
        in_property: false,
    };
    while let Some(start) = reader.find(reader.position, &reader.open) {
        reader.tag(start)?;
    }
    reader.push_text(source.len());
    match reader.sections.pop() {
        Some(section) => Err(error(
            section.at,
            format!(
                "{{{{/{}}}}} that closes the section opened here",
                section.name
            ),
            "the end of the template",
        )),
        None => Ok(reader.nodes),
    }
}

impl Reader<'_> {
    /// Reads the tag that opens at `start`, and the text before it.
    fn tag(&mut self, start: usize) -> Result<(), TemplateError> {
        let at = self.at(start);
        let inside = start + self.open.len();
        let rest = &self.source[inside..];
        let sigil = rest.chars().next().filter(|c| "{=!#^/>&".contains(*c));
        let close = match sigil {
            Some('{') => format!("}}{}", self.close),
            Some('=') => format!("={}", self.close),
            _ => self.close.clone(),
        };
        let from = inside + sigil.map_or(0, char::len_utf8);
        let Some(until) = self.find(from, &close) else {
            return Err(error(
                at,
                format!("{close} that closes the tag opened here"),
                "the end of the template",
            ));
        };
        let content = self.source[from..until].trim().to_owned();
        let end = until + close.len();
        // A tag that prints nothing by itself takes its row with it when it stands there alone.
        let alone = match sigil {
            None | Some('{' | '&') => None,
            Some(_) => self.alone(start, end),
        };
        let (text_end, next) = alone.unwrap_or((start, end));
        self.push_text(text_end);
        self.position = next;
        match sigil {
            Some('!') => {}
            Some('=') => self.set_delimiters(&content, at)?,
            Some('#' | '^') => {
                let open = Open {
                    name: path(&content, at).map(|_| content)?,
                    at,
                    inverted: sigil == Some('^'),
                    before: std::mem::take(&mut self.nodes),
                };
                self.sections.push(open);
            }
            Some('/') => self.end_section(&content, at)?,
            Some('>') => {
                if content.is_empty() || content.contains(char::is_whitespace) {
                    return Err(error(at, "the name of a partial", &quoted(&content)));
                }
                let indent = alone.map_or("", |(line, _)| &self.source[line..start]);
                let indent = indent.to_owned();
                self.nodes.push(Node::Partial {
                    name: content,
                    indent,
                    at,
                });
            }
            _ => {
                let path = path(&content, at)?;
                let raw = sigil.is_some();
                self.nodes.push(Node::Variable {
                    path,
                    raw,
                    in_property: self.in_property,
                });
            }
        }
        Ok(())
    }

    fn end_section(&mut self, name: &str, at: At) -> Result<(), TemplateError> {
        let found = format!("{{{{/{name}}}}}");
        let Some(section) = self.sections.pop() else {
            return Err(error(
                at,
                "no closing tag, since no section is open",
                &found,
            ));
        };
        if section.name != name {
            let expected = format!(
                "{{{{/{}}}}}, opened in line {}",
                section.name, section.at.line
            );
            return Err(error(at, expected, &found));
        }
        let path = path(name, at)?;
        let body = std::mem::replace(&mut self.nodes, section.before);
        self.nodes.push(Node::Section {
            path,
            inverted: section.inverted,
            body,
        });
        Ok(())
    }

    fn set_delimiters(&mut self, content: &str, at: At) -> Result<(), TemplateError> {
        let mut both = content.split_whitespace();
        match (both.next(), both.next(), both.next()) {
            (Some(open), Some(close), None) if !content.contains('=') => {
                self.open = open.into();
                self.close = close.into();
                Ok(())
            }
            _ => Err(error(
                at,
                "two delimiters with a space between them, without =",
                &quoted(content),
            )),
        }
    }

    /// Where the row of a tag begins and the next one starts, when nothing else stands in it.
    fn alone(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let row = self.source[..start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let blank = |text: &str| text.chars().all(|c| c == ' ' || c == '\t');
        let rest = &self.source[end..];
        let (after, next) = match rest.find('\n') {
            Some(newline) => (&rest[..newline], end + newline + 1),
            None => (rest, self.source.len()),
        };
        let after = after.strip_suffix('\r').unwrap_or(after);
        // `row` lies before `position` when another tag stands in this row.
        (row >= self.position && blank(&self.source[row..start]) && blank(after))
            .then_some((row, next))
    }

    fn push_text(&mut self, until: usize) {
        if self.position < until {
            let text = &self.source[self.position..until];
            self.in_property = ends_in_property(text, self.in_property);
            self.nodes.push(Node::Text(text.to_owned()));
        }
    }

    fn find(&self, from: usize, what: &str) -> Option<usize> {
        self.source[from..].find(what).map(|offset| from + offset)
    }

    fn at(&self, position: usize) -> At {
        let before = &self.source[..position];
        let row = before.rfind('\n').map_or(0, |newline| newline + 1);
        At {
            line: before.matches('\n').count() + 1,
            column: before[row..].chars().count() + 1,
        }
    }
}

/// Whether a brace is open behind this text of a template.
fn ends_in_property(text: &str, before: bool) -> bool {
    let mut escaped = false;
    text.chars().fold(before, |open, character| {
        let is_escaped = std::mem::replace(&mut escaped, false);
        match character {
            '\n' | '\r' => false,
            _ if is_escaped => open,
            '\\' => {
                escaped = true;
                open
            }
            '{' => true,
            '}' => false,
            _ => open,
        }
    })
}

/// The names of a path; `.` is none, the value itself.
fn path(name: &str, at: At) -> Result<Vec<String>, TemplateError> {
    if name == "." {
        return Ok(Vec::new());
    }
    if name.contains(char::is_whitespace) || name.split('.').any(str::is_empty) {
        return Err(error(at, "a name such as order.number", &quoted(name)));
    }
    Ok(name.split('.').map(str::to_owned).collect())
}

fn quoted(content: &str) -> String {
    match content {
        "" => "nothing".into(),
        _ => format!("{content:?}"),
    }
}

fn error(at: At, expected: impl Into<String>, found: &str) -> TemplateError {
    TemplateError {
        partial: None,
        line: at.line,
        column: at.column,
        expected: expected.into(),
        found: found.to_owned(),
    }
}
