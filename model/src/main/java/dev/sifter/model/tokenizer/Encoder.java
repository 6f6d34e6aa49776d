package dev.sifter.model.tokenizer;

import java.util.Arrays;
import java.util.Objects;

/**
 * Text to ids, stage after stage: added tokens are cut out first as they are written, then in
 * normalised text; what lies between is cut into pieces, which the model tokenises.
 */
record Encoder(
    AddedTokens addedTokens,
    Normalizer normalizer,
    PreTokenizer preTokenizer,
    TokenModel model,
    PostProcessor postProcessor) {

  /** See {@link Tokenizer#encode}. */
  Encoding encode(String text, boolean addSpecialTokens) {
    char[] original = Utf16.withoutLoneSurrogates(text);
    TokenSink sink = new TokenSink();
    addedTokens.splitRaw(
        original,
        (token, from, to) -> {
          if (token != null) {
            sink.add(token.id(), from, to);
          } else {
            encodeNormalized(normalizer.apply(AlignedText.original(original, from, to)), sink);
          }
        });
    Utf16.toCodePoints(original, sink);
    TokenSink result =
        postProcessor.process(sink, addSpecialTokens, (tokens, i) -> tokenText(text, tokens, i));
    return new Encoding(
        Arrays.copyOf(result.ids, result.size),
        Arrays.copyOf(result.starts, result.size),
        Arrays.copyOf(result.ends, result.size));
  }

  private void encodeNormalized(AlignedText text, TokenSink sink) {
    addedTokens.splitNormalized(
        text.chars,
        (token, from, to) -> {
          if (token != null) {
            sink.add(token.id(), text.start(from), text.end(to - 1));
          } else {
            model.tokenize(preTokenizer.apply(Pieces.whole(text.slice(from, to))), sink);
          }
        });
  }

  /** The text of a token: that of an added token may have white space that it took along. */
  private String tokenText(String text, TokenSink tokens, int i) {
    AddedToken added = addedTokens.get(tokens.ids[i]);
    if (added == null) {
      // A post-processor may add an id that no token has.
      return Objects.requireNonNullElse(model.vocabulary().token(tokens.ids[i]), "");
    }
    if (!added.lstrip() && !added.rstrip()) {
      return added.content();
    }
    return text.substring(
        text.offsetByCodePoints(0, tokens.starts[i]), text.offsetByCodePoints(0, tokens.ends[i]));
  }
}
