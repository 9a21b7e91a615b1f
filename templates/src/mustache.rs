//! Mustache (github.com/mustache/spec, the core modules) for templates that print. Ours, because a wrong template has
//! to be told where and why it is wrong, partials come from the settings and not from a disk, tags that stand alone
//! leave no blank row on the paper, and text from people stays inert (see [`crate::inert`]).
//!
//! A template is parsed once into nodes and rendered against typed [`Value`]s; values are never parsed.

use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

use crate::{document::Author, inert};

mod cache;
mod parse;

/// Partials in partials, before it counts as a circle.
const DEPTH: usize = 32;
/// Bytes of markup of one ticket, and steps to it; a template beyond them multiplies itself. An order of 5,000 dishes
/// stays far below both.
const BYTES: usize = 4 << 20;
const STEPS: usize = 1 << 20;

/// Templates by name that others can include: `{{> header}}`.
pub type Partials = BTreeMap<String, String>;

/// What a template can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'v> {
    /// Not there. Unlike a name that is missing, it hides the same name further out: a dish without a note does not
    /// print the note of the order.
    Nothing,
    /// What is not layout: our own words, amounts and times, and what the owner wrote.
    Text(Cow<'v, str>),
    /// What people wrote, as one row: its line breaks are spaces.
    Row(Cow<'v, str>),
    /// What people wrote in rows of its own.
    Note(Cow<'v, str>),
    /// Markup on purpose: what the owner wrote as such.
    Markup(Cow<'v, str>),
    /// For sections.
    Bool(bool),
    /// A count; 0 is false in a section.
    Number(i64),
    /// A section is rendered for each.
    List(Vec<Value<'v>>),
    /// Names, each once.
    Map(Vec<(&'v str, Value<'v>)>),
    /// One that is made once and seen by many tickets.
    Shared(&'v Value<'v>),
}

impl<'v> Value<'v> {
    /// A map of these names.
    pub fn map<const N: usize>(fields: [(&'v str, Value<'v>); N]) -> Self {
        Value::Map(Vec::from(fields))
    }

    /// Text of ours or the owner's.
    pub fn text(text: impl Into<Cow<'v, str>>) -> Self {
        Value::Text(text.into())
    }

    /// One row of people's text.
    pub fn row(text: impl Into<Cow<'v, str>>) -> Self {
        Value::Row(text.into())
    }

    /// Text, or nothing when there is none or only blanks.
    pub fn optional(text: Option<&'v str>) -> Self {
        filled(text).map_or(Value::Nothing, Value::text)
    }

    /// The same for one row of people's text.
    pub fn optional_row(text: Option<&'v str>) -> Self {
        filled(text).map_or(Value::Nothing, Value::row)
    }

    /// The same for a note of people's.
    pub fn optional_note(text: Option<&'v str>) -> Self {
        filled(text).map_or(Value::Nothing, |text| Value::Note(text.into()))
    }

    /// What stands under a name.
    pub fn get(&self, name: &str) -> Option<&Value<'v>> {
        match self {
            Value::Map(fields) => {
                let mut fields = fields.iter();
                fields
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value)
            }
            Value::Shared(value) => value.get(name),
            Value::Nothing | Value::Text(_) | Value::Row(_) | Value::Note(_) => None,
            Value::Markup(_) | Value::Bool(_) | Value::Number(_) | Value::List(_) => None,
        }
    }

    fn is_true(&self) -> bool {
        match self {
            Value::Nothing => false,
            Value::Bool(value) => *value,
            Value::Number(value) => *value != 0,
            Value::Text(text) | Value::Row(text) | Value::Note(text) | Value::Markup(text) => {
                !text.is_empty()
            }
            Value::List(values) => !values.is_empty(),
            Value::Map(_) => true,
            Value::Shared(value) => value.is_true(),
        }
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// What becomes of [`Value::Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// Printed as it is, as characters of the markup; `{{{x}}}` is no different from `{{x}}`.
    Paper,
    /// As the specification says: `{{x}}` escaped for HTML, `{{{x}}}` raw.
    Html,
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}line {line}, column {column}: expected {expected}, found {found}", self.place())]
pub struct TemplateError {
    /// The partial it is in; `None` is the template itself.
    pub partial: Option<String>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl TemplateError {
    fn place(&self) -> String {
        self.partial
            .as_ref()
            .map_or_else(String::new, |name| format!("partial {name:?}, "))
    }
}

/// Where a tag stands; lines and columns from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct At {
    line: usize,
    column: usize,
}

/// A template that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Text(String),
    Variable {
        path: Vec<String>,
        raw: bool,
        /// Within the braces of a property, such as the data of a code.
        in_property: bool,
    },
    Section {
        path: Vec<String>,
        inverted: bool,
        body: Vec<Node>,
    },
    Partial {
        name: String,
        indent: String,
        at: At,
    },
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The first place where it is wrong.
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        parse::nodes(source).map(|nodes| Template { nodes })
    }

    /// Renders it. A name that is not there is empty, as is a partial.
    ///
    /// # Errors
    /// A partial that is wrong, includes itself without end, or a result above 4 MiB.
    pub fn render(
        &self,
        values: &Value,
        partials: &Partials,
        escaping: Escaping,
    ) -> Result<String, TemplateError> {
        let mut rendering = Rendering {
            out: String::with_capacity(2_048),
            stack: vec![values],
            partials,
            within: Vec::new(),
            steps: 0,
            escaping,
        };
        rendering.nodes(&self.nodes)?;
        Ok(match escaping {
            Escaping::Paper => inert::escaped(&rendering.out),
            Escaping::Html => rendering.out,
        })
    }
}

/// Reads a template, or remembers it from the last time.
///
/// # Errors
/// The first place where it is wrong.
pub fn parsed(source: &str) -> Result<Rc<Template>, TemplateError> {
    cache::template(source)
}

struct Rendering<'a> {
    out: String,
    stack: Vec<&'a Value<'a>>,
    partials: &'a Partials,
    /// The partials that are open, each with the characters by which it is indented.
    within: Vec<(String, usize)>,
    steps: usize,
    escaping: Escaping,
}

impl<'a> Rendering<'a> {
    fn nodes(&mut self, nodes: &[Node]) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Variable {
                    path,
                    raw,
                    in_property,
                } => match self.find(path) {
                    Some(value) if *in_property && self.escaping == Escaping::Paper => {
                        self.value_exactly(value);
                    }
                    Some(value) => self.value(value, *raw),
                    None => {}
                },
                Node::Section {
                    path,
                    inverted,
                    body,
                } => self.section(path, *inverted, body)?,
                Node::Partial { name, indent, at } => self.partial(name, indent, *at)?,
            }
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), TemplateError> {
        self.steps += 1;
        if self.out.len() <= BYTES && self.steps <= STEPS {
            return Ok(());
        }
        let found = "a template that multiplies itself beyond it";
        Err(self.error(At { line: 1, column: 1 }, "at most 4 MiB of markup", found))
    }

    fn error(&self, at: At, expected: &str, found: &str) -> TemplateError {
        let (partial, indent) = self.within.last().cloned().unzip();
        TemplateError {
            partial,
            line: at.line,
            column: at.column.saturating_sub(indent.unwrap_or(0)).max(1),
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn value(&mut self, value: &Value, raw: bool) {
        match value {
            Value::Shared(value) => self.value(value, raw),
            Value::Nothing | Value::List(_) | Value::Map(_) => {}
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Number(value) => self.text(&value.to_string(), Author::House, raw),
            Value::Markup(markup) => self.out.push_str(markup),
            Value::Text(text) => self.text(text, Author::House, raw),
            Value::Row(text) => self.text(text, Author::Row, raw),
            Value::Note(text) => self.text(text, Author::Note, raw),
        }
    }

    /// As the value of a property: what a code says is every character that was written, and no more.
    fn value_exactly(&mut self, value: &Value) {
        match value {
            Value::Shared(value) => self.value_exactly(value),
            Value::Text(text) | Value::Row(text) | Value::Note(text) => {
                self.end_escape();
                inert::push_exactly(&mut self.out, text);
            }
            Value::Nothing | Value::List(_) | Value::Map(_) => {}
            Value::Bool(_) | Value::Number(_) | Value::Markup(_) => self.value(value, false),
        }
    }

    /// A backslash of the template must not reach into the text: it would take the escape of its first character, and what
    /// follows would be layout.
    fn end_escape(&mut self) {
        let before = self.out.trim_end_matches('\\');
        if (self.out.len() - before.len()) % 2 == 1 {
            self.out.push('\\');
        }
    }

    fn text(&mut self, text: &str, author: Author, raw: bool) {
        match self.escaping {
            Escaping::Paper => {
                self.end_escape();
                if author != Author::House {
                    inert::push_people(&mut self.out, text, author);
                } else if inert::is_plain(text) {
                    self.out.push_str(text);
                } else {
                    self.out.push_str(&inert::inert(text));
                }
            }
            Escaping::Html if raw => self.out.push_str(text),
            Escaping::Html => {
                for character in text.chars() {
                    match character {
                        '&' => self.out.push_str("&amp;"),
                        '<' => self.out.push_str("&lt;"),
                        '>' => self.out.push_str("&gt;"),
                        '"' => self.out.push_str("&quot;"),
                        _ => self.out.push(character),
                    }
                }
            }
        }
    }

    fn section(
        &mut self,
        path: &[String],
        inverted: bool,
        body: &[Node],
    ) -> Result<(), TemplateError> {
        let found = self.find(path).filter(|value| value.is_true());
        if inverted {
            return if found.is_none() {
                self.nodes(body)
            } else {
                Ok(())
            };
        }
        let Some(value) = found else { return Ok(()) };
        let value = if let Value::Shared(value) = value {
            value
        } else {
            value
        };
        let each = if let Value::List(values) = value {
            values.as_slice()
        } else {
            std::slice::from_ref(value)
        };
        for value in each {
            self.step()?;
            self.stack.push(value);
            let done = self.nodes(body);
            self.stack.pop();
            done?;
        }
        Ok(())
    }

    fn partial(&mut self, name: &str, indent: &str, at: At) -> Result<(), TemplateError> {
        let Some(source) = self.partials.get(name) else {
            return Ok(());
        };
        if self.within.len() >= DEPTH {
            let expected = format!("at most {DEPTH} partials within one another");
            let found = format!("{{{{>{name}}}}} again; does it include itself?");
            return Err(self.error(at, &expected, &found));
        }
        // The specification: each row of a partial that stands alone gets the spaces before its tag.
        let indented: Cow<str> = match indent {
            "" => source.into(),
            _ => {
                let rows = source.split_inclusive('\n');
                rows.flat_map(|row| [indent, row]).collect()
            }
        };
        self.within.push((name.to_owned(), indent.chars().count()));
        let template = parsed(&indented).map_err(|wrong| {
            let at = At {
                line: wrong.line,
                column: wrong.column,
            };
            self.error(at, &wrong.expected, &wrong.found)
        })?;
        let done = self.nodes(&template.nodes);
        self.within.pop();
        done
    }

    /// The first name of a path is looked for from the inside out, the others only within what was found.
    fn find(&self, path: &[String]) -> Option<&'a Value<'a>> {
        let Some((first, rest)) = path.split_first() else {
            return self.stack.last().copied();
        };
        let start = self.stack.iter().rev().find_map(|value| value.get(first))?;
        rest.iter().try_fold(start, |value, name| value.get(name))
    }
}

#[cfg(test)]
mod tests;
