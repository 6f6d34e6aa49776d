package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** Frames a tokenised text with special tokens, and trims white space off offsets. */
@FunctionalInterface
interface PostProcessor {
  /** The names of the components that {@link #parse} reads. */
  List<String> SUPPORTED =
      List.of("BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing");

  /** The component that adds no tokens. */
  String TRIM = "ByteLevel";

  /** What a processor may ask about the tokens. */
  @FunctionalInterface
  interface TokenText {
    /** The text of the token {@code i} of {@code tokens}. */
    String text(TokenSink tokens, int i);
  }

  /** The processed tokens, which may be the given instance, changed. */
  TokenSink process(TokenSink tokens, boolean addSpecialTokens, TokenText text);

  /** Reads a post-processor of the file format; an absent one does nothing. */
  static PostProcessor parse(JsonAt json) {
    if (json.absent()) {
      return (tokens, add, text) -> tokens;
    }
    return switch (json.type()) {
      case "TemplateProcessing" -> template(json);
      case TRIM -> {
        boolean prefixSpace = json.get("add_prefix_space").bool(true);
        yield json.get("trim_offsets").bool(true)
            ? (tokens, add, text) -> trim(tokens, prefixSpace, text)
            : (tokens, add, text) -> tokens;
      }
      case "BertProcessing" -> frame(classId(json), List.of(separatorId(json)));
      case "RobertaProcessing" -> {
        PostProcessor frame = frame(classId(json), List.of(separatorId(json)));
        boolean prefixSpace = json.get("add_prefix_space").bool(true);
        yield json.get("trim_offsets").bool(true)
            ? (tokens, add, text) -> frame.process(trim(tokens, prefixSpace, text), add, text)
            : frame;
      }
      case "Sequence" -> sequence(json);
      default -> throw json.unsupported(SUPPORTED);
    };
  }

  private static PostProcessor sequence(JsonAt json) {
    List<PostProcessor> steps = new ArrayList<>();
    boolean templated = false;
    for (JsonAt step : json.steps("processors")) {
      boolean template = step.type().equals("TemplateProcessing");
      boolean adds = template ? step.get("single").node().size() > 1 : !step.type().equals(TRIM);
      if (templated && adds) {
        // To the reference the tokens of a template and its text are several texts from there on.
        throw new TokenizerException(
            "%s: %s after a TemplateProcessing that adds tokens is not supported; join the two"
                .formatted(step.path(), step.type()));
      }
      templated |= template && adds;
      steps.add(parse(step));
    }
    return (tokens, add, text) -> {
      TokenSink result = tokens;
      for (PostProcessor step : steps) {
        result = step.process(result, add, text);
      }
      return result;
    };
  }

  private static List<Integer> classId(JsonAt json) {
    return List.of(pairId(json.get("cls")));
  }

  private static int separatorId(JsonAt json) {
    return pairId(json.get("sep"));
  }

  private static int pairId(JsonAt pair) {
    if (!pair.node().isArray() || pair.node().size() != 2) {
      throw pair.wrong("a token and its id");
    }
    return (int) pair.elements().get(1).integer();
  }

  /** The template for a single text: special tokens before and after it. */
  private static PostProcessor template(JsonAt json) {
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    boolean seen = false;
    for (JsonAt piece : json.get("single").elements()) {
      if (!piece.get("Sequence").absent()) {
        if (seen || !piece.get("Sequence").get("id").string().equals("A")) {
          throw piece.wrong("the sequence A, once");
        }
        seen = true;
      } else {
        String name = piece.get("SpecialToken").get("id").string();
        JsonAt ids = json.get("special_tokens").get(name).get("ids");
        for (JsonAt id : ids.elements()) {
          (seen ? after : before).add((int) id.integer());
        }
      }
    }
    if (!seen) {
      throw json.get("single").wrong("the sequence A");
    }
    return frame(before, after);
  }

  /** Puts ids before and after a text when special tokens are wanted. */
  static PostProcessor frame(List<Integer> before, List<Integer> after) {
    return (tokens, add, text) -> {
      if (!add || (before.isEmpty() && after.isEmpty())) {
        return tokens;
      }
      TokenSink framed = new TokenSink();
      before.forEach(id -> framed.add(id, 0, 0));
      for (int i = 0; i < tokens.size; i++) {
        framed.add(tokens.ids[i], tokens.starts[i], tokens.ends[i]);
      }
      after.forEach(id -> framed.add(id, 0, 0));
      return framed;
    };
  }

  /** Takes leading and trailing spaces of tokens out of their offsets. */
  private static TokenSink trim(TokenSink tokens, boolean prefixSpace, TokenText text) {
    for (int i = 0; i < tokens.size; i++) {
      String token = text.text(tokens, i);
      int leading = 0;
      while (leading < token.length() && isSpace(token.charAt(leading))) {
        leading++;
      }
      int trailing = 0;
      while (trailing < token.length() && isSpace(token.charAt(token.length() - 1 - trailing))) {
        trailing++;
      }
      if (leading > 0) {
        // A single space may be the one that the pre-tokenizer put there, which has no width.
        if (prefixSpace && leading == 1 && (i == 0 || tokens.starts[i] == 0)) {
          leading = 0;
        }
        tokens.starts[i] = Math.min(tokens.starts[i] + leading, tokens.ends[i]);
      }
      if (trailing > 0 && tokens.ends[i] >= trailing) {
        tokens.ends[i] = Math.max(tokens.ends[i] - trailing, tokens.starts[i]);
      }
    }
    return tokens;
  }

  private static boolean isSpace(char c) {
    return c == ByteAlphabet.toChar(' ') || Chars.isWhitespace(c);
  }
}
