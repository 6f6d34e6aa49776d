package dev.sifter.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The stages that decoders are made of. */
final class DecoderStages {
  private DecoderStages() {}

  /** Changes fragments of tokens by themselves: nothing is held back. */
  static final class EachFragment implements Decoder.Stage {
    private final Decoder.Stage next;
    private final EachToken.Change change;
    private int index = -1;

    /** A stage that applies {@code change}. */
    EachFragment(Decoder.Stage next, EachToken.Change change) {
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
  static final class EachToken implements Decoder.Stage {
    /** What becomes of a token. */
    @FunctionalInterface
    interface Change {
      /** The new text of the token with this index. */
      String apply(String token, int index);
    }

    private final Decoder.Stage next;
    private final Change change;
    private final StringBuilder fused = new StringBuilder();
    private boolean open;
    private int index;

    /** A stage that applies {@code change}. */
    EachToken(Decoder.Stage next, Change change) {
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
  static final class Fuse implements Decoder.Stage {
    private final Decoder.Stage next;
    private boolean begun;

    /** A stage that joins. */
    Fuse(Decoder.Stage next) {
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
  static final class StripStart implements Decoder.Stage {
    private final Decoder.Stage next;
    private final String content;
    private final int count;
    private int left;

    /** A stage that strips. */
    StripStart(Decoder.Stage next, String content, int count) {
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
  static final class ByteLevel implements Decoder.Stage {
    private final Decoder.Stage next;
    private final Utf8.Decoder utf8 = new Utf8.Decoder();
    private final StringBuilder out = new StringBuilder();
    private boolean begun;

    /** A stage that decodes. */
    ByteLevel(Decoder.Stage next) {
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
  static final class ByteFallback implements Decoder.Stage {
    private final Decoder.Stage next;
    private final List<Integer> run = new ArrayList<>();

    /** A stage that decodes. */
    ByteFallback(Decoder.Stage next) {
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
  static final class WordEnds implements Decoder.Stage {
    private final Decoder.Stage next;
    private final String suffix;
    private String held;

    /** A stage that decodes. */
    WordEnds(Decoder.Stage next, String suffix) {
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
