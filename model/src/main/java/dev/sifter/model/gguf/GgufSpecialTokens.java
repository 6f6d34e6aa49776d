package dev.sifter.model.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfig.TokenIds;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The tokens that have a role, by the rules of gguf-py's {@code SpecialVocab}: those that the
 * tokenizer names, and of {@code config.json} what it does not. An id of −1 stands for none.
 *
 * @param eot ends an answer where the token that ends a text is another
 * @param addsBos whether a text begins with {@code bos}
 * @param addsEos whether a text ends with {@code eos}
 */
record GgufSpecialTokens(
    int bos, int eos, int eot, int unknown, int padding, boolean addsBos, boolean addsEos) {

  /**
   * Reads the roles.
   *
   * @param options {@code tokenizer_config.json}, whose add_bos_token and add_eos_token win
   * @throws ModelException if the tokenizer puts other tokens around a text than one at either end
   */
  static GgufSpecialTokens of(Tokenizer tokenizer, ModelConfig config, ObjectNode options) {
    TokenIds ids = config.tokenIds();
    Frame frame = Frame.of(tokenizer);
    int bos = tokenizer.bosId().orElse(frame.first(ids.bos()));
    if (frame.first(bos) != bos) {
      throw new ModelException(
          ("the tokenizer begins a text with %s but names %s as bos_token, and GGUF has one for"
                  + " both; name the first in tokenizer_config.json")
              .formatted(tokenizer.token(frame.first(bos)), tokenizer.token(bos)));
    }
    int named = tokenizer.eosId().orElse(ids.eos().isEmpty() ? -1 : ids.eos().getFirst());
    int eos = frame.last(named);
    int padding = tokenizer.padId().orElse(ids.pad());
    return new GgufSpecialTokens(
        bos,
        eos,
        eos == named ? -1 : named,
        tokenizer.unkId().orElse(-1),
        // A token for padding alone is often added without a row of the embeddings.
        padding < config.vocabSize() ? padding : -1,
        bos >= 0 && explicit(options, "add_bos_token", !frame.before.isEmpty()),
        eos >= 0 && explicit(options, "add_eos_token", !frame.after.isEmpty()));
  }

  /** A value other than true and false says nothing. */
  private static boolean explicit(ObjectNode options, String key, boolean otherwise) {
    JsonNode value = options.path(key);
    return value.isBoolean() ? value.booleanValue() : otherwise;
  }

  void addTo(GgufFile file) {
    id(file, "bos", bos);
    id(file, "eos", eos);
    id(file, "eot", eot);
    id(file, "unknown", unknown);
    id(file, "padding", padding);
    file.bool("tokenizer.ggml.add_bos_token", addsBos);
    file.bool("tokenizer.ggml.add_eos_token", addsEos);
  }

  private static void id(GgufFile file, String which, int id) {
    if (id >= 0) {
      file.uint32("tokenizer.ggml.%s_token_id".formatted(which), id);
    }
  }

  /** What the post-processor puts around a text. */
  private record Frame(List<Integer> before, List<Integer> after) {

    static Frame of(Tokenizer tokenizer) {
      // Any text will do; every vocabulary that is exported can spell every byte.
      List<Integer> text = ids(tokenizer, false);
      List<Integer> framed = ids(tokenizer, true);
      int from = Collections.indexOfSubList(framed, text);
      Frame frame =
          new Frame(framed.subList(0, from), framed.subList(from + text.size(), framed.size()));
      if (frame.before.size() > 1 || frame.after.size() > 1) {
        throw new ModelException(
            ("tokenizer.json puts tokens %s before a text and %s after it, and GGUF has room for"
                    + " one each; export to hf instead")
                .formatted(frame.before, frame.after));
      }
      return frame;
    }

    private static List<Integer> ids(Tokenizer tokenizer, boolean framed) {
      return Arrays.stream(tokenizer.encode("a", framed).ids()).boxed().toList();
    }

    int first(int otherwise) {
      return before.isEmpty() ? otherwise : before.getFirst();
    }

    int last(int otherwise) {
      return after.isEmpty() ? otherwise : after.getFirst();
    }
  }
}
