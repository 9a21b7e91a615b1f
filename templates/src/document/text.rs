//! The text of a document in one piece: how it is written, column by column, and read again.

use std::sync::Arc;

use super::{Align, Author, Block, Column, Document, Frame, Row, Span, Style, Wrap};

/// Text of one style, as a place in the text of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// First byte.
    pub(crate) from: usize,
    /// Behind the last one.
    pub(crate) to: usize,
    /// How it looks.
    pub(crate) style: Style,
    /// Whose words it is.
    pub(crate) author: Author,
    /// It begins a row of its own.
    pub(crate) breaks: bool,
}

impl Document {
    /// An empty one with room for what usually is in so many bytes of markup.
    pub(crate) fn for_markup(bytes: usize) -> Document {
        Document {
            blocks: Vec::with_capacity(bytes / 24),
            columns: Vec::with_capacity(bytes / 12),
            runs: Vec::with_capacity(bytes / 12),
            text: String::with_capacity(bytes),
        }
    }

    /// The columns of one of its rows, from the first to the last.
    pub fn columns(&self, row: &Row) -> &[Column] {
        self.columns.get(row.columns.clone()).unwrap_or_default()
    }

    /// The rows that the markup breaks a column into by itself.
    pub fn lines(&self, column: &Column) -> impl Iterator<Item = impl Iterator<Item = Span<'_>>> {
        self.run_lines(column)
            .map(|line| line.iter().map(|run| self.span(run)))
    }

    /// The same as runs of [`Document::text`].
    pub(crate) fn run_lines(&self, column: &Column) -> impl Iterator<Item = &[Run]> {
        self.runs_of(column).chunk_by(|_, next| !next.breaks)
    }

    /// Whether the markup breaks it into several rows by itself.
    pub(crate) fn is_broken(&self, column: &Column) -> bool {
        let mut behind = self.runs_of(column).iter().skip(1);
        behind.any(|run| run.breaks)
    }

    fn runs_of(&self, column: &Column) -> &[Run] {
        self.runs.get(column.runs.clone()).unwrap_or_default()
    }

    /// The same with other text, each stretch of one style for itself.
    pub(crate) fn with_text(&self, rewrite: impl Fn(&str) -> String) -> Document {
        let mut text = String::with_capacity(self.text.len() + 64);
        let runs = self.runs.iter().map(|run| {
            let from = text.len();
            text.push_str(&rewrite(&self.text[run.from..run.to]));
            Run {
                from,
                to: text.len(),
                ..*run
            }
        });
        let runs = runs.collect();
        Document {
            blocks: self.blocks.clone(),
            columns: self.columns.clone(),
            runs,
            text,
        }
    }

    /// Whether nothing is written in it.
    pub(crate) fn is_empty(&self, column: &Column) -> bool {
        column.runs.is_empty()
    }

    /// Whose words are in it: a note's first, then a row's.
    pub(crate) fn author_of(&self, column: &Column) -> Author {
        let mut people = self
            .runs_of(column)
            .iter()
            .map(|run| run.author)
            .filter(|author| *author != Author::House);
        match people.next() {
            Some(Author::Row) if people.any(|author| author == Author::Note) => Author::Note,
            Some(author) => author,
            None => Author::House,
        }
    }

    /// All text, of one column behind the other.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn span(&self, run: &Run) -> Span<'_> {
        Span {
            text: self.text[run.from..run.to].into(),
            style: run.style,
        }
    }

    /// Begins a column of the row that comes next.
    pub(crate) fn open_column(&mut self, align: Align) {
        let end = self.runs.len();
        self.columns.push(Column {
            align,
            runs: end..end,
        });
    }

    /// Ends the row to which the last `count` columns belong.
    pub(crate) fn close_row(&mut self, count: usize, frame: &Arc<Frame>, wrap: Wrap) {
        let end = self.columns.len();
        self.blocks.push(Block::Row(Row {
            columns: end.saturating_sub(count)..end,
            frame: frame.clone(),
            wrap,
        }));
    }

    /// Adds text to the column that was begun last.
    pub(crate) fn write(&mut self, text: &str, style: Style, author: Author) {
        let from = self.text.len();
        self.text.push_str(text);
        let to = self.text.len();
        match self.run_mut() {
            Some(run) if run.style == style && run.author == author => run.to = to,
            Some(run) if run.from == run.to => {
                (run.style, run.author, run.to) = (style, author, to);
            }
            Some(_) | None => self.push(Run {
                from,
                to,
                style,
                author,
                breaks: false,
            }),
        }
    }

    /// Breaks the row in the column that was begun last.
    pub(crate) fn break_line(&mut self, style: Style, author: Author) {
        if self.run_mut().is_none() {
            self.write("", style, author);
        }
        let end = self.text.len();
        self.push(Run {
            from: end,
            to: end,
            style,
            author,
            breaks: true,
        });
    }

    /// The last run of the column that was begun last.
    fn run_mut(&mut self) -> Option<&mut Run> {
        let column = self.columns.last()?;
        self.runs.get_mut(column.runs.clone())?.last_mut()
    }

    fn push(&mut self, run: Run) {
        self.runs.push(run);
        if let Some(column) = self.columns.last_mut() {
            column.runs.end = self.runs.len();
        }
    }
}
