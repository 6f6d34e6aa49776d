package dev.sifter.model.chat.jinja;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tags that are open while a template is parsed, and the errors about how they close. */
final class OpenTags {
  private final Deque<String> open = new ArrayDeque<>();
  private final Deque<List<String>> ends = new ArrayDeque<>();

  void open(String tag) {
    open.push(tag);
  }

  void close() {
    open.pop();
  }

  /** From here to {@link #found} one of these tags ends the block. */
  void expect(String... tags) {
    ends.push(List.of(tags));
  }

  void found() {
    ends.pop();
  }

  /** How many blocks wait for their end. */
  int depth() {
    return ends.size();
  }

  /** The template ended inside a block. */
  JinjaException missing(int line) {
    return error("Unexpected end of template.", "", line);
  }

  JinjaException unknown(String tag, int line) {
    return error("Encountered unknown tag " + PyRepr.repr(tag) + ".", tag, line);
  }

  private JinjaException error(String what, String tag, int line) {
    StringBuilder message = new StringBuilder(what);
    if (!ends.isEmpty()) {
      boolean nesting = ends.stream().anyMatch(tags -> tags.contains(tag));
      message.append(
          nesting
              ? " You probably made a nesting mistake. Jinja is expecting this tag,"
                  + " but currently looking for "
              : " Jinja was looking for the following tags: ");
      Stream<String> quoted = ends.peek().stream().map(PyRepr::repr);
      message.append(quoted.collect(Collectors.joining(" or ", "", ".")));
    }
    if (!open.isEmpty()) {
      message.append(" The innermost block that needs to be closed is ");
      message.append(PyRepr.repr(open.peek())).append('.');
    }
    return JinjaException.syntax(message.toString(), line);
  }
}
