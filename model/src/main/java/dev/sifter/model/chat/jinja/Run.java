package dev.sifter.model.chat.jinja;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;

/** One rendering: its root output, generation spans, clock and budget. */
final class Run {
  final StringBuilder out = new StringBuilder();
  final Budget budget = new Budget();
  final LocalDateTime now;

  /** Whether constants are being folded: then nothing that depends on the input has a value. */
  final boolean folding;

  /** Whether the settings are Jinja's own with StrictUndefined, not transformers'. */
  final boolean strict;

  /** Line of the statement that runs. */
  int line;

  int calls;
  private int[] spans = new int[16];
  private int spanCount;
  private int countedTo;
  private int codePoints;

  Run(LocalDateTime now, boolean folding, boolean strict) {
    this.now = now;
    this.folding = folding;
    this.strict = strict;
  }

  /** A value as an expression gives it. */
  Object given(Object value) {
    return strict && value instanceof Undefined undefined ? undefined.strict() : value;
  }

  /** Notes a generation block whose text will follow what the root output holds now. */
  void generated(String text) {
    codePoints += Character.codePointCount(out, countedTo, out.length());
    countedTo = out.length();
    if (spanCount == spans.length) {
      spans = Arrays.copyOf(spans, spans.length * 2);
    }
    spans[spanCount++] = codePoints;
    spans[spanCount++] = codePoints + PyStr.length(text);
  }

  /** Start, end, start, end ... in code points of the output. */
  int[] spans() {
    return Arrays.copyOf(spans, spanCount);
  }

  /** Charges text, a list or a tuple that an expression made. */
  Object keep(Object value) {
    List<?> items = Py.sequence(value);
    if (Py.isText(value)) {
      budget.keep(((CharSequence) value).length());
    } else if (items != null) {
      budget.keep(items.size() + 8L);
    }
    return value;
  }

  /** Appends to an output, within the bounds. */
  void print(StringBuilder target, String text) {
    target.append(text);
    Budget.checkSize(target.length());
  }
}
