package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The trainer against the algorithm as the paper states it: recount everything at each step. */
class BpeTrainerTest {
  private static final List<String> CORPUS =
      List.of(
          "low low low low low lower lower newest newest newest newest newest newest",
          "widest widest widest  aaaa aaa aa abab abab, naïve café 🙂🙂",
          "She sells sea shells by the sea shore; the shells she sells are sea shells.");

  @Test
  void mergesAreThoseOfRecountingEveryPairAtEachStep() {
    int alphabet = 257;
    Tokenizer tokenizer = new BpeTrainer(330, 2, List.of("<|end|>")).train(CORPUS);
    List<String> expected = textbook(330 - alphabet, 2, tokenizer);
    List<String> actual = new ArrayList<>();
    for (int id = alphabet; id < tokenizer.vocabSize(); id++) {
      actual.add(tokenizer.token(id));
    }
    assertThat(actual).isNotEmpty().containsExactlyElementsOf(expected);
  }

  /** Half a surrogate pair, as JSON may hold, is trained as the U+FFFD that encoding reads. */
  @Test
  void unpairedSurrogatesAreTrainedAsTheyAreEncoded() {
    BpeTrainer trainer = new BpeTrainer(300, 1, List.of(), false, List.of(BpeTrainer.WORDS));
    Tokenizer tokenizer = trainer.train(List.of("a\uD83D b"));
    assertThat(tokenizer.fingerprint())
        .isEqualTo(trainer.train(List.of("a\uFFFD b")).fingerprint());
    assertThat(tokenizer.decode(tokenizer.encode("a\uD83D", false).ids(), false))
        .isEqualTo("a\uFFFD");
    UnigramTrainer pieces = new UnigramTrainer(20, List.of());
    assertThat(pieces.train(List.of("a\uDE42 b")).fingerprint())
        .isEqualTo(pieces.train(List.of("a\uFFFD b")).fingerprint());
  }

  /** Tokens in the order in which merging the most frequent pair makes them. */
  private static List<String> textbook(int merges, int minFrequency, Tokenizer ids) {
    Map<List<String>, Integer> words = new HashMap<>();
    PreTokenizer preTokenizer =
        PreTokenizer.parse(
            new JsonAt(BpeTrainer.byteLevelDefinition(List.of(BpeTrainer.WORDS)), "")
                .get("pre_tokenizer"));
    for (String text : CORPUS) {
      char[] chars = text.toCharArray();
      Pieces pieces =
          preTokenizer.apply(Pieces.whole(AlignedText.original(chars, 0, chars.length))).spelled();
      for (int p = 0; p < pieces.count(); p++) {
        String word = new String(pieces.text.chars, pieces.from(p), pieces.to(p) - pieces.from(p));
        words.merge(List.of(word.split("")), 1, Integer::sum);
      }
    }
    List<String> made = new ArrayList<>();
    while (made.size() < merges) {
      Map<List<String>, Integer> counts = countPairs(words);
      List<String> best = null;
      for (Map.Entry<List<String>, Integer> pair : counts.entrySet()) {
        if (best == null || before(pair, Map.entry(best, counts.get(best)), ids)) {
          best = pair.getKey();
        }
      }
      if (best == null || counts.get(best) < minFrequency) {
        return made;
      }
      made.add(best.get(0) + best.get(1));
      Map<List<String>, Integer> merged = new HashMap<>();
      for (Map.Entry<List<String>, Integer> word : words.entrySet()) {
        merged.merge(merge(word.getKey(), best), word.getValue(), Integer::sum);
      }
      words = merged;
    }
    return made;
  }

  private static Map<List<String>, Integer> countPairs(Map<List<String>, Integer> words) {
    Map<List<String>, Integer> counts = new HashMap<>();
    words.forEach(
        (word, count) -> {
          for (int i = 0; i + 1 < word.size(); i++) {
            counts.merge(List.of(word.get(i), word.get(i + 1)), count, Integer::sum);
          }
        });
    return counts;
  }

  private static boolean before(
      Map.Entry<List<String>, Integer> a, Map.Entry<List<String>, Integer> b, Tokenizer ids) {
    if (!a.getValue().equals(b.getValue())) {
      return a.getValue() > b.getValue();
    }
    int left = Integer.compare(id(ids, a, 0), id(ids, b, 0));
    return left != 0 ? left < 0 : id(ids, a, 1) < id(ids, b, 1);
  }

  private static int id(Tokenizer ids, Map.Entry<List<String>, Integer> pair, int side) {
    return ids.id(pair.getKey().get(side)).orElseThrow();
  }

  private static List<String> merge(List<String> word, List<String> pair) {
    List<String> merged = new ArrayList<>();
    for (int i = 0; i < word.size(); i++) {
      if (i + 1 < word.size() && word.subList(i, i + 2).equals(pair)) {
        merged.add(word.get(i) + word.get(++i));
      } else {
        merged.add(word.get(i));
      }
    }
    return merged;
  }

  @Test
  void specialTokensComeFirstThenTheAlphabetByCodePoint() {
    Tokenizer tokenizer =
        new BpeTrainer(1_000, 2, List.of("<|end|>", "<pad>"), false, List.of(BpeTrainer.WORDS))
            .train(CORPUS);
    assertThat(tokenizer.id("<|end|>")).hasValue(0);
    assertThat(tokenizer.id("<pad>")).hasValue(1);
    assertThat(tokenizer.isSpecial(1)).isTrue();
    Map<Character, Integer> alphabet = new TreeMap<>();
    for (int id = 2; tokenizer.token(id).length() == 1; id++) {
      alphabet.put(tokenizer.token(id).charAt(0), id);
    }
    assertThat(List.copyOf(alphabet.values())).isSorted();
    assertThat(alphabet).containsKeys('a', '\u0120').doesNotContainKey('Z');
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new BpeTrainer(0, 1, List.of()))
        .hasMessageContaining("a vocabulary of 0 tokens");
    assertThatThrownBy(() -> new BpeTrainer(9, 1, List.of(""))).hasMessageContaining("empty");
  }
}
