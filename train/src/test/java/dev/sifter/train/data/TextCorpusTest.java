package dev.sifter.train.data;

import static dev.sifter.train.data.TinyTokenizer.END;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextCorpusTest {
  @TempDir private Path folder;
  private final Tokenizer tokenizer = TinyTokenizer.create();

  private String write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void everyDocumentEndsWithTheEndToken() throws IOException {
    String first = write("a.txt", "ab");
    String second = write("b.txt", "c");
    TextCorpus corpus = TextCorpus.read(List.of(first, second), null, tokenizer);

    assertThat(corpus.tokens()).containsExactly('a', 'b', END, 'c', END);
    assertThat(corpus.documents()).isEqualTo(2);
    assertThat(corpus.characters()).isEqualTo(3);
  }

  @Test
  void separatorsAreFoundAcrossReads() throws IOException {
    // The reader takes 2¹⁶ characters at a time; this separator lies on the border.
    String head = "x".repeat((1 << 16) - 3);
    String file = write("long.txt", head + "<sep>y<sep> \n<sep>z");
    TextCorpus corpus = TextCorpus.read(List.of(file), "<sep>", tokenizer);

    int[] expected = new int[head.length() + 5];
    Arrays.fill(expected, 'x');
    expected[head.length()] = END;
    expected[head.length() + 1] = 'y';
    expected[head.length() + 2] = END;
    expected[head.length() + 3] = 'z';
    expected[head.length() + 4] = END;
    assertThat(corpus.tokens()).isEqualTo(expected);
    assertThat(corpus.documents()).isEqualTo(3);
  }

  @Test
  void longDocumentsAreTokenisedInPieces() throws IOException {
    String line = "0123456789abcde\n";
    String text = line.repeat((3 << 20) / line.length());
    TextCorpus corpus = TextCorpus.read(List.of(write("long.txt", text)), null, tokenizer);

    assertThat(corpus.tokens()).hasSize(text.length() + 1);
    assertThat(Arrays.copyOf(corpus.tokens(), text.length())).isEqualTo(text.chars().toArray());
  }

  @Test
  void blocksAreTrainedWhole() {
    TextCorpus corpus = new TextCorpus(new int[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 8);

    assertThat(corpus.blocks(3, false)).hasSize(2);
    List<Example> blocks = corpus.blocks(3, true);
    assertThat(blocks).hasSize(3);
    assertThat(blocks.get(2).inputIds()).containsExactly(7, 8);
    assertThat(blocks.get(0).labels()).containsExactly(1, 2, 3);
    // A last row of one token predicts nothing.
    assertThat(corpus.blocks(7, true)).hasSize(1);
  }

  /** The tokenizer has ASCII only, and no token for what is unknown. */
  @Test
  void aTextWithoutATokenIsNoDocument() throws IOException {
    String none = write("none.txt", "\u00e9\u00e9");
    String some = write("some.txt", "ab");
    TextCorpus corpus = TextCorpus.read(List.of(none, some, none), null, tokenizer);

    assertThat(corpus.tokens()).containsExactly('a', 'b', END);
    assertThat(corpus.documents()).isEqualTo(1);
    assertThat(corpus.characters()).isEqualTo(2);
    assertThatThrownBy(() -> TextCorpus.read(List.of(none), null, tokenizer))
        .hasMessageContaining("has no token for what they hold");
  }

  @Test
  void refusesNothing() throws IOException {
    String empty = write("empty.txt", " \n");

    assertThatThrownBy(() -> TextCorpus.read(List.of(empty), null, tokenizer))
        .hasMessageContaining("empty");
    assertThatThrownBy(() -> TextCorpus.read(List.of(empty), "", tokenizer))
        .hasMessageContaining("document_separator");
    assertThatThrownBy(() -> new TextCorpus(new int[3], 1, 3).blocks(1, true))
        .hasMessageContaining("max_length");
  }
}
