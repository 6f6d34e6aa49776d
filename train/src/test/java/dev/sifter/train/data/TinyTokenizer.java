package dev.sifter.train.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A byte-level tokenizer without merges: a token for each ASCII character (its id is its code), and
 * the special tokens {@code <s>} 128, {@code <|im_start|>} 129, {@code <|im_end|>} 130, which is
 * the end token.
 */
final class TinyTokenizer {
  static final int BOS = 128;
  static final int START = 129;
  static final int END = 130;

  private TinyTokenizer() {}

  static Tokenizer create() {
    try {
      Path folder = Files.createTempDirectory("tiny-tokenizer");
      Path definition = folder.resolve("tokenizer.json");
      Path config = folder.resolve("tokenizer_config.json");
      Json.write(definition, definition());
      ObjectNode roles = Json.mapper().createObjectNode();
      roles.put("bos_token", "<s>").put("eos_token", "<|im_end|>").put("pad_token", "<|im_end|>");
      Json.write(config, roles);
      Tokenizer tokenizer = Tokenizer.load(folder);
      for (Path path : new Path[] {definition, config, folder}) {
        Files.delete(path);
      }
      return tokenizer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode definition() {
    ObjectNode root = Json.mapper().createObjectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    String[] specials = {"<s>", "<|im_start|>", "<|im_end|>"};
    for (int i = 0; i < specials.length; i++) {
      ObjectNode token = added.addObject().put("id", BOS + i).put("content", specials[i]);
      for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
        token.put(flag, false);
      }
      token.put("special", true);
    }
    root.putNull("normalizer");
    byteLevel(root.putObject("pre_tokenizer"));
    root.putNull("post_processor");
    byteLevel(root.putObject("decoder"));
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int code = 0; code < 128; code++) {
      vocabulary.put(Character.toString(spelling(code)), code);
    }
    model.putArray("merges");
    return root;
  }

  private static void byteLevel(ObjectNode node) {
    node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", true);
    node.put("use_regex", true);
  }

  /** GPT-2's alphabet: what is not visible is spelled with the code points from 256 on. */
  private static int spelling(int code) {
    if (code <= 32) {
      return 256 + code;
    }
    return code == 127 ? 256 + 33 : code;
  }
}
