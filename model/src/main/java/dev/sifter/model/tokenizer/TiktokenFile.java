package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A vocabulary of tiktoken: one token a line, its bytes in base64 and its rank, which is its id.
 */
final class TiktokenFile {
  private TiktokenFile() {}

  /**
   * Reads a file.
   *
   * @param splitRegex how text is cut before merging; the file does not say
   * @param specialTokens get the ids after the file's
   */
  static Tokenizer read(byte[] file, String splitRegex, List<String> specialTokens) {
    Map<String, Integer> ranks = ranks(file);
    ObjectNode definition = BpeTrainer.byteLevelDefinition(List.of(splitRegex));
    ObjectNode model = (ObjectNode) definition.get("model");
    model.put("ignore_merges", true);
    ObjectNode vocab = model.putObject("vocab");
    List<MergeRule> merges = new ArrayList<>();
    ranks.forEach(
        (token, rank) -> {
          vocab.put(token, rank);
          MergeRule.addSplits(token, rank, ranks::get, merges);
        });
    Comparator<MergeRule> byRanks = Comparator.comparing(merge -> ranks.get(merge.left()));
    byRanks = byRanks.thenComparing(merge -> ranks.get(merge.right()));
    MergeRule.write(merges, byRanks, model.putArray("merges"));
    return TokenizerFiles.read(definition, TokenizerConfig.none()).withAddedTokens(specialTokens);
  }

  private static Map<String, Integer> ranks(byte[] file) {
    Map<String, Integer> ranks = new HashMap<>();
    int number = 0;
    for (String line : new String(file, StandardCharsets.US_ASCII).split("\n")) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      String[] parts = line.strip().split(" ");
      try {
        byte[] bytes = Base64.getDecoder().decode(parts[0]);
        if (parts.length != 2 || bytes.length == 0) {
          throw new IllegalArgumentException("two fields are expected");
        }
        ranks.put(spell(bytes), Integer.parseInt(parts[1]));
      } catch (IllegalArgumentException e) {
        throw new TokenizerException(
            "line %d is no token of a tiktoken file: %s".formatted(number, e.getMessage()), e);
      }
    }
    if (ranks.isEmpty()) {
      throw new TokenizerException("the file has no tokens");
    }
    return ranks;
  }

  private static String spell(byte[] bytes) {
    StringBuilder spelled = new StringBuilder();
    for (byte b : bytes) {
      spelled.append(ByteAlphabet.toChar(b & 0xFF));
    }
    return spelled.toString();
  }
}
