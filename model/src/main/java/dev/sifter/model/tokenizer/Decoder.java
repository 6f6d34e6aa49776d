package dev.sifter.model.tokenizer;

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
      return next ->
          new DecoderStages.EachToken(next, (token, index) -> index == 0 ? token : " " + token);
    }
    return switch (json.type()) {
      case "ByteLevel" -> DecoderStages.ByteLevel::new;
      case "Fuse" -> DecoderStages.Fuse::new;
      case "ByteFallback" -> DecoderStages.ByteFallback::new;
      case "Replace" -> replace(json);
      case "Strip" -> strip(json);
      case "Metaspace" -> metaspace(json);
      case "WordPiece" -> wordPiece(json);
      case "BPEDecoder" -> {
        String suffix = json.get("suffix").string("</w>");
        yield next -> new DecoderStages.WordEnds(next, suffix);
      }
      case "Sequence" -> sequence(json);
      default -> throw json.unsupported(SUPPORTED);
    };
  }

  private static Decoder sequence(JsonAt json) {
    List<Decoder> steps = new ArrayList<>();
    boolean joined = false;
    for (JsonAt step : json.steps("decoders")) {
      Decoder decoder = parse(step);
      // These read a token as a whole, which comes in fragments from a stage that joins tokens.
      boolean readsWhole = List.of("BPEDecoder", "ByteFallback", "ByteLevel").contains(step.type());
      steps.add(
          joined && readsWhole
              ? next -> new DecoderStages.EachToken(decoder.stage(next), (token, index) -> token)
              : decoder);
      joined |= List.of("ByteLevel", "Fuse").contains(step.type());
    }
    return next -> {
      Stage stage = next;
      for (Decoder step : steps.reversed()) {
        stage = step.stage(stage);
      }
      return stage;
    };
  }

  private static Decoder replace(JsonAt json) {
    TextPattern pattern = TextPattern.parse(json.get("pattern"));
    String content = json.get("content").string();
    // One character is found in fragments as well as in the whole.
    boolean inFragments = json.get("pattern").get("String").string("").length() == 1;
    DecoderStages.EachToken.Change change = (token, index) -> replaceAll(token, pattern, content);
    return next ->
        inFragments
            ? new DecoderStages.EachFragment(next, change)
            : new DecoderStages.EachToken(next, change);
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
      return next -> new DecoderStages.StripStart(next, content, start);
    }
    return next ->
        new DecoderStages.EachToken(
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
        new DecoderStages.EachFragment(
            next, (token, index) -> token.replace(mark, index == 0 && prefix ? "" : " "));
  }

  private static Decoder wordPiece(JsonAt json) {
    String prefix = json.get("prefix").string("##");
    boolean cleanup = json.get("cleanup").bool(true);
    return next ->
        new DecoderStages.EachToken(
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
}
