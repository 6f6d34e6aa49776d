package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a template into tokens, with the signs {@code -} and {@code +}. An error becomes a token,
 * so that the parser's own errors before it win.
 */
final class Lexer {
  private final String source;
  private final boolean trims;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;
  private boolean lineStarting = true;

  private Lexer(String template, boolean trims) {
    String text = normalizeNewlines(template);
    source = trims && text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    this.trims = trims;
  }

  /**
   * The tokens of a template; the last is {@link Kind#EOF} or {@link Kind#ERROR}.
   *
   * @param trims whether {@code trim_blocks} and {@code lstrip_blocks} are on, and a line end at
   *     the end of the template is dropped
   */
  static List<Token> tokenize(String template, boolean trims) {
    Lexer lexer = new Lexer(template, trims);
    try {
      lexer.text();
      lexer.add(Kind.EOF, "");
    } catch (JinjaException error) {
      lexer.add(Kind.ERROR, error);
    }
    return lexer.tokens;
  }

  private static String normalizeNewlines(String text) {
    return text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n").replace('\r', '\n');
  }

  private void add(Kind kind, Object value) {
    tokens.add(new Token(kind, value, line));
  }

  private void text() {
    while (position < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        add(Kind.DATA, source.substring(position));
        position = source.length();
        return;
      }
      char opening = source.charAt(tag + 1);
      int after = tag + 2;
      char sign = after < source.length() ? source.charAt(after) : 0;
      after += sign == '-' || sign == '+' ? 1 : 0;
      int rawEnd = opening == '%' ? rawTagEnd(after) : -1;
      data(tag, sign, opening == '{');
      line += newlines(tag, after);
      position = after;
      lineStarting = false;
      if (rawEnd >= 0) {
        line += newlines(position, rawEnd);
        position = rawEnd;
        raw();
      } else if (opening == '#') {
        comment();
      } else if (opening == '{') {
        add(Kind.VARIABLE_BEGIN, "{{");
        expression(false);
      } else {
        add(Kind.BLOCK_BEGIN, "{%");
        expression(true);
      }
    }
  }

  private int nextTag() {
    for (int at = source.indexOf('{', position); at >= 0; at = source.indexOf('{', at + 1)) {
      char next = at + 1 < source.length() ? source.charAt(at + 1) : 0;
      if (next == '{' || next == '%' || next == '#') {
        return at;
      }
    }
    return -1;
  }

  /** Emits the text before a tag, stripped as the tag's sign and {@code lstrip_blocks} say. */
  private void data(int tag, char sign, boolean variable) {
    int end = tag;
    if (sign == '-') {
      while (end > position && PyStr.isSpace(source.charAt(end - 1))) {
        end--;
      }
    } else if (trims && sign != '+' && !variable) {
      int lineStart = lineStart(tag);
      boolean startsLine = lineStart > position || lineStarting;
      if (startsLine && isBlank(lineStart, tag)) {
        end = lineStart;
      }
    }
    if (end > position) {
      add(Kind.DATA, source.substring(position, end));
    }
    line += newlines(position, tag);
  }

  /** Where the line of a position begins, or the text that is not lexed yet if that is later. */
  private int lineStart(int of) {
    int at = of;
    while (at > position && source.charAt(at - 1) != '\n') {
      at--;
    }
    return at;
  }

  private boolean isBlank(int from, int to) {
    for (int i = from; i < to; i++) {
      if (!PyStr.isSpace(source.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private int newlines(int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      count += source.charAt(i) == '\n' ? 1 : 0;
    }
    return count;
  }

  private int skipSpace(int from) {
    int at = from;
    while (at < source.length() && PyStr.isSpace(source.charAt(at))) {
      at++;
    }
    return at;
  }

  private int rawTagEnd(int from) {
    int at = skipSpace(from);
    if (!source.startsWith("raw", at)) {
      return -1;
    }
    at = skipSpace(at + 3);
    if (source.startsWith("-%}", at)) {
      return skipSpace(at + 3);
    }
    return source.startsWith("%}", at) ? at + 2 : -1;
  }

  private void raw() {
    if (position == source.length()) {
      return; // Jinja misses the end only where something follows
    }
    for (int at = source.indexOf("{%", position); at >= 0; at = source.indexOf("{%", at + 1)) {
      char sign = at + 2 < source.length() ? source.charAt(at + 2) : 0;
      int name = skipSpace(at + (sign == '-' || sign == '+' ? 3 : 2));
      int end = source.startsWith("endraw", name) ? closing(skipSpace(name + 6), "%}", true) : -1;
      if (end >= 0) {
        data(at, sign, false);
        line += newlines(at, end);
        advance(end);
        return;
      }
    }
    throw JinjaException.syntax("Missing end of raw directive", line);
  }

  private void comment() {
    if (position == source.length()) {
      return;
    }
    int at = source.indexOf("#}", position);
    if (at < 0) {
      throw JinjaException.syntax("Missing end of comment tag", line);
    }
    boolean signed = at > position && "+-".indexOf(source.charAt(at - 1)) >= 0;
    int end = closing(signed ? at - 1 : at, "#}", true);
    line += newlines(position, end);
    advance(end);
  }

  private void advance(int end) {
    lineStarting = end > position && source.charAt(end - 1) == '\n';
    position = end;
  }

  /** Where a closing tag at a position ends, with what it strips; -1 where there is none. */
  private int closing(int at, String tag, boolean block) {
    if (source.startsWith(tag, at)) {
      boolean dropsLineEnd = trims && block && source.startsWith("\n", at + 2);
      return dropsLineEnd ? at + 3 : at + 2;
    }
    if (source.startsWith(tag, at + 1)) {
      char sign = source.charAt(at);
      if (sign == '-') {
        return skipSpace(at + 3);
      }
      return sign == '+' && block ? at + 3 : -1;
    }
    return -1;
  }

  private void expression(boolean block) {
    List<Kind> balance = new ArrayList<>();
    while (position < source.length()) {
      int end = balance.isEmpty() ? closing(position, block ? "%}" : "}}", block) : -1;
      if (end >= 0) {
        add(block ? Kind.BLOCK_END : Kind.VARIABLE_END, "");
        line += newlines(position, end);
        advance(end);
        return;
      }
      int space = skipSpace(position);
      if (space > position) {
        line += newlines(position, space);
        position = space;
        continue;
      }
      token(balance);
    }
  }

  private void token(List<Kind> balance) {
    char c = source.charAt(position);
    int end;
    if (c >= '0' && c <= '9') {
      number();
    } else if ((end = wordEnd(position)) > position) {
      if (!Character.isUnicodeIdentifierStart(source.codePointAt(position)) && c != '_') {
        throw JinjaException.syntax("Invalid character in identifier", line);
      }
      add(Kind.NAME, source.substring(position, end).intern());
      position = end;
    } else if ((c == '"' || c == '\'') && (end = stringEnd(c)) > 0) {
      String text = source.substring(position + 1, end);
      add(Kind.STRING, Escapes.decode(text, line));
      line += newlines(position, end);
      position = end + 1;
    } else {
      operator(balance);
    }
  }

  private int wordEnd(int from) {
    int at = from;
    while (at < source.length()) {
      int cp = source.codePointAt(at);
      if (!Character.isUnicodeIdentifierPart(cp) || Character.isIdentifierIgnorable(cp)) {
        break;
      }
      at += Character.charCount(cp);
    }
    return at;
  }

  private int stringEnd(char quote) {
    for (int at = position + 1; at < source.length(); at++) {
      char c = source.charAt(at);
      if (c == '\\') {
        at++;
      } else if (c == quote) {
        return at;
      }
    }
    return -1;
  }

  private void operator(List<Kind> balance) {
    Kind kind = Kind.operatorAt(source, position);
    if (kind == null) {
      String c = Character.toString(source.codePointAt(position));
      int at = source.codePointCount(0, position);
      throw JinjaException.syntax("unexpected char " + PyRepr.repr(c) + " at " + at, line);
    }
    switch (kind) {
      case LBRACE -> balance.add(Kind.RBRACE);
      case LPAREN -> balance.add(Kind.RPAREN);
      case LBRACKET -> balance.add(Kind.RBRACKET);
      case RBRACE, RPAREN, RBRACKET -> {
        if (balance.isEmpty()) {
          throw JinjaException.syntax("unexpected '" + kind.words + "'", line);
        }
        Kind expected = balance.removeLast();
        if (expected != kind) {
          throw JinjaException.syntax(
              "unexpected '" + kind.words + "', expected '" + expected.words + "'", line);
        }
      }
      default -> {}
    }
    add(kind, kind.words);
    position += kind.words.length();
  }

  private void number() {
    boolean afterDot = position > 0 && source.charAt(position - 1) == '.';
    NumberLiteral literal = NumberLiteral.at(source, position, !afterDot, line);
    add(literal.value() instanceof Double ? Kind.FLOAT : Kind.INTEGER, literal.value());
    position = literal.end();
  }
}
