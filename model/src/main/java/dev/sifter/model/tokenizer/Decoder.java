package dev.sifter.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns token strings into text: a chain of stages, each of which takes tokens one at a time.
 *
 * <p>A whole sequence is decoded by the same stages as a stream, so both give the same text. A
 * stage passes on what is certain, and holds back what later tokens may change.
 */
@FunctionalInterface
interface Decoder {
  /** The names of the components that {@link #parse} reads. */
  List<String> SUPPORTED =
      List.of(
          "BPEDecoder",
          "ByteFallback",
          "ByteLevel",
          "Fuse",
          "Metaspace",
          "Replace",
          "Sequence",
          "Strip",
          "WordPiece");

  /** One step of a chain. */
  interface Stage {
    /** Takes a token, or, if {@code begins} is false, more text of the last one. */
    void accept(String text, boolean begins);

    /** Says that no more tokens come. */
    void finish();
  }

  /** A fresh stage that passes its output on to {@code next}. */
  Stage stage(Stage next);

  /** Reads a decoder of the file format; where there is none, tokens are joined with spaces. */
  static Decoder parse(JsonAt json) {
    if (json.absent()) {
      return next -> new EachToken(next, (token, index) -> index == 0 ? token : " " + token);
    }
    return switch (json.type()) {
      case "ByteLevel" -> ByteLevel::new;
      case "Fuse" -> Fuse::new;
      case "ByteFallback" -> ByteFallback::new;
      case "Replace" -> replace(json);
      case "Strip" -> strip(json);
      case "Metaspace" -> metaspace(json);
      case "WordPiece" -> wordPiece(json);
      case "BPEDecoder" -> {
        String suffix = json.get("suffix").string("</w>");
        yield next -> new WordEnds(next, suffix);
      }
      case "Sequence" -> {
        List<Decoder> steps = new ArrayList<>();
        json.get("decoders").elements().forEach(step -> steps.add(parse(step)));
        yield next -> {
          Stage stage = next;
          for (Decoder step : steps.reversed()) {
            stage = step.stage(stage);
          }
          return stage;
        };
      }
      default -> throw json.unsupported(SUPPORTED);
    };
  }

  private static Decoder replace(JsonAt json) {
    TextPattern pattern = TextPattern.parse(json.get("pattern"));
    String content = json.get("content").string();
    // One character is found in fragments as well as in the whole.
    boolean inFragments = json.get("pattern").get("String").string("").length() == 1;
    EachToken.Change change = (token, index) -> replaceAll(token, pattern, content);
    return next -> inFragments ? new EachFragment(next, change) : new EachToken(next, change);
  }

  /** {@code token} with {@code content} for every match of {@code pattern}. */
  static String replaceAll(String token, TextPattern pattern, String content) {
    char[] chars = token.toCharArray();
    StringBuilder out = new StringBuilder();
    pattern.find(
        AlignedText.original(chars, 0, chars.length),
        0,
        chars.length,
        (from, to, match) -> {
          if (match) {
            out.append(content);
          } else {
            out.append(chars, from, to - from);
          }
        });
    return out.toString();
  }

  private static Decoder strip(JsonAt json) {
    String content = json.get("content").string();
    if (content.codePointCount(0, content.length()) != 1) {
      throw json.get("content").wrong("one character");
    }
    int start = (int) json.get("start").integer();
    int stop = (int) json.get("stop").integer();
    if (stop == 0) {
      return next -> new StripStart(next, content, start);
    }
    return next ->
        new EachToken(
            next,
            (token, index) -> {
              String rest = token;
              for (int i = 0; i < start && rest.startsWith(content); i++) {
                rest = rest.substring(content.length());
              }
              for (int i = 0; i < stop && rest.endsWith(content); i++) {
                rest = rest.substring(0, rest.length() - content.length());
              }
              return rest;
            });
  }

  private static Decoder metaspace(JsonAt json) {
    String mark = json.get("replacement").string();
    boolean prefix =
        !json.get("prepend_scheme")
            .string(json.get("add_prefix_space").bool(true) ? "always" : "never")
            .equals("never");
    return next ->
        new EachFragment(
            next, (token, index) -> token.replace(mark, index == 0 && prefix ? "" : " "));
  }

  private static Decoder wordPiece(JsonAt json) {
    String prefix = json.get("prefix").string("##");
    boolean cleanup = json.get("cleanup").bool(true);
    return next ->
        new EachToken(
            next,
            (token, index) -> {
              String text = token;
              if (index > 0) {
                text = token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
              }
              return cleanup ? cleanUp(text) : text;
            });
  }

  private static String cleanUp(String text) {
    return text.replace(" .", ".")
        .replace(" ?", "?")
        .replace(" !", "!")
        .replace(" ,", ",")
        .replace(" ' ", "'")
        .replace(" n't", "n't")
        .replace(" 'm", "'m")
        .replace(" do not", " don't")
        .replace(" 's", "'s")
        .replace(" 've", "'ve")
        .replace(" 're", "'re");
  }

  /** Changes fragments of tokens by themselves: nothing is held back. */
  final class EachFragment implements Stage {
    private final Stage next;
    private final EachToken.Change change;
    private int index = -1;

    /** A stage that applies {@code change}. */
    EachFragment(Stage next, EachToken.Change change) {
      this.next = next;
      this.change = change;
    }

    @Override
    public void accept(String text, boolean begins) {
      index = begins ? index + 1 : Math.max(index, 0);
      next.accept(change.apply(text, index), begins);
    }

    @Override
    public void finish() {
      next.finish();
    }
  }

  /** Changes whole tokens; after a stage that fuses, the one token is complete at the end only. */
  final class EachToken implements Stage {
    /** What becomes of a token. */
    @FunctionalInterface
    interface Change {
      /** The new text of the token with this index. */
      String apply(String token, int index);
    }

    private final Stage next;
    private final Change change;
    private final StringBuilder fused = new StringBuilder();
    private boolean open;
    private int index;

    /** A stage that applies {@code change}. */
    EachToken(Stage next, Change change) {
      this.next = next;
      this.change = change;
    }

    @Override
    public void accept(String text, boolean begins) {
      if (begins) {
        close();
      }
      open = true;
      fused.append(text);
    }

    private void close() {
      if (open) {
        next.accept(change.apply(fused.toString(), index++), true);
        fused.setLength(0);
        open = false;
      }
    }

    @Override
    public void finish() {
      close();
      next.finish();
    }
  }

  /** Joins all tokens into one. */
  final class Fuse implements Stage {
    private final Stage next;
    private boolean begun;

    /** A stage that joins. */
    Fuse(Stage next) {
      this.next = next;
    }

    @Override
    public void accept(String text, boolean begins) {
      next.accept(text, !begun);
      begun = true;
    }

    @Override
    public void finish() {
      next.finish();
    }
  }

  /** Drops a character up to {@code count} times from the start of each token. */
  final class StripStart implements Stage {
    private final Stage next;
    private final String content;
    private final int count;
    private int left;

    /** A stage that strips. */
    StripStart(Stage next, String content, int count) {
      this.next = next;
      this.content = content;
      this.count = count;
    }

    @Override
    public void accept(String text, boolean begins) {
      left = begins ? count : left;
      String rest = text;
      while (left > 0 && !rest.isEmpty()) {
        left = rest.startsWith(content) ? left - 1 : 0;
        rest = rest.startsWith(content) ? rest.substring(content.length()) : rest;
        if (left == 0) {
          break;
        }
      }
      next.accept(rest, begins);
    }

    @Override
    public void finish() {
      next.finish();
    }
  }

  /** Reads tokens as bytes spelled in the {@link ByteAlphabet}, and the bytes as UTF-8. */
  final class ByteLevel implements Stage {
    private final Stage next;
    private final Utf8.Decoder utf8 = new Utf8.Decoder();
    private final StringBuilder out = new StringBuilder();
    private boolean begun;

    /** A stage that decodes. */
    ByteLevel(Stage next) {
      this.next = next;
    }

    @Override
    public void accept(String text, boolean begins) {
      if (text.chars().allMatch(c -> ByteAlphabet.toByte((char) c) >= 0)) {
        text.chars().forEach(c -> utf8.accept(ByteAlphabet.toByte((char) c), out));
      } else {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
          utf8.accept(b & 0xFF, out);
        }
      }
      pass();
    }

    private void pass() {
      if (!out.isEmpty()) {
        next.accept(out.toString(), !begun);
        begun = true;
        out.setLength(0);
      }
    }

    @Override
    public void finish() {
      utf8.finish(out);
      pass();
      next.finish();
    }
  }

  /**
   * Reads runs of the tokens {@code <0x00>} to {@code <0xFF>} as UTF-8. A run that is not well
   * formed becomes one U+FFFD for each byte, so a run is held back until it ends.
   */
  final class ByteFallback implements Stage {
    private final Stage next;
    private final List<Integer> run = new ArrayList<>();

    /** A stage that decodes. */
    ByteFallback(Stage next) {
      this.next = next;
    }

    @Override
    public void accept(String text, boolean begins) {
      int value = byteValue(text);
      if (value >= 0) {
        run.add(value);
      } else {
        flush();
        next.accept(text, begins);
      }
    }

    private static int byteValue(String token) {
      if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
        return -1;
      }
      int high = Character.digit(token.charAt(3), 16);
      int low = Character.digit(token.charAt(4), 16);
      return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private void flush() {
      if (run.isEmpty()) {
        return;
      }
      StringBuilder out = new StringBuilder();
      Utf8.Decoder utf8 = new Utf8.Decoder();
      run.forEach(b -> utf8.accept(b, out));
      utf8.finish(out);
      if (utf8.sawIllFormed()) {
        run.forEach(b -> next.accept("\uFFFD", true));
      } else {
        next.accept(out.toString(), true);
      }
      run.clear();
    }

    @Override
    public void finish() {
      flush();
      next.finish();
    }
  }

  /** Puts a space for the mark of a word's end, except at the end of the text. */
  final class WordEnds implements Stage {
    private final Stage next;
    private final String suffix;
    private String held;

    /** A stage that decodes. */
    WordEnds(Stage next, String suffix) {
      this.next = next;
      this.suffix = suffix;
    }

    @Override
    public void accept(String text, boolean begins) {
      if (held != null) {
        next.accept(held.replace(suffix, " "), true);
      }
      held = text;
    }

    @Override
    public void finish() {
      if (held != null) {
        next.accept(held.replace(suffix, ""), true);
      }
      next.finish();
    }
  }
}
