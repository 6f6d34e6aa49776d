package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTokenizerCommandTest {
  private static final String STORY = "the red fox jumps over the lazy dogs, 1200 times\n";

  @TempDir private Path folder;
  private Path story;
  private Path output;

  @BeforeEach
  void write() throws IOException {
    story = Files.writeString(folder.resolve("story.txt"), STORY.repeat(3) + "--\n" + STORY);
    output = folder.resolve("tiny");
  }

  /** What records say is learned as if it stood in files of text; the merges are the trainer's. */
  @Test
  void learnsFromTextAndFromRecords() throws IOException {
    Path records =
        Files.writeString(
            folder.resolve("chat.jsonl"),
            """
            {"messages": [{"role": "user", "content": "lazy fox?"}, \
            {"role": "assistant", "content": [{"type": "text", "text": "lazy dogs"}]}]}
            {"prompt": "over the", "completion": " dogs"}
            """);
    Cli cli =
        Cli.run(
            "train-tokenizer",
            "--input",
            story + "," + records,
            "--vocab-size",
            "291",
            "--document-separator",
            "--\n",
            "--special-tokens",
            "<|im_start|>,<|im_end|>",
            "--eos-token",
            "<|im_end|>",
            "--chat-template",
            "chatml",
            "--output",
            output);
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out()).startsWith("291 tokens, ").contains("tokenizer in " + output);

    Tokenizer tokenizer = Tokenizer.load(output);
    Tokenizer expected =
        new BpeTrainer(291, 2, List.of("<|im_end|>", "<|pad|>", "<|im_start|>"))
            .train(List.of(STORY.repeat(3), STORY, "lazy fox?", "lazy dogs", "over the dogs"))
            .withSpecialToken("eos_token", "<|im_end|>")
            .withSpecialToken("pad_token", "<|pad|>");
    assertThat(tokenizer.vocabSize()).isEqualTo(expected.vocabSize());
    for (int id = 0; id < 291; id++) {
      assertThat(tokenizer.token(id)).isEqualTo(expected.token(id));
    }
    assertThat(tokenizer.specialTokensMap()).isEqualTo(expected.specialTokensMap());
    assertThat(output.resolve("chat_template.jinja")).content().contains("<|im_start|>");
  }

  @Test
  void digitsAndPiecesOnRequest() {
    Path pieces = folder.resolve("pieces");
    assertThat(train(output, "--vocab-size", "300", "--split-digits").code()).isZero();
    assertThat(Tokenizer.load(output).encode("1200", false).ids()).hasSize(4);
    Cli cli = train(pieces, "--vocab-size", "32", "--type", "unigram", "--bos-token", "<s>");
    assertThat(cli.code()).as(cli.err()).isZero();
    Tokenizer unigram = Tokenizer.load(pieces);
    assertThat(unigram.vocabSize()).isEqualTo(32);
    assertThat(unigram.specialTokensMap())
        .containsEntry("bos_token", "<s>")
        .containsEntry("eos_token", "<|endoftext|>")
        .containsEntry("pad_token", "<|pad|>");
    assertThat(unigram.decode(unigram.encode("lazy dogs", false).ids(), false))
        .isEqualTo("lazy dogs");
  }

  @Test
  void saysWhatDoesNotFit() throws IOException {
    Files.createDirectories(output);
    Files.writeString(output.resolve("config.json"), "{\"vocab_size\": 256}");
    Cli cli = train(output, "--vocab-size", "5000");
    assertThat(cli.code()).as(cli.err()).isZero();
    int tokens = Tokenizer.load(output).vocabSize();
    assertThat(tokens).isBetween(258, 4999);
    assertThat(cli.err())
        .contains("note: no other pair occurs 2 times (--min-frequency): give more text")
        .contains("has vocab_size 256: set it to %d or more".formatted(tokens));

    Cli few = train(folder.resolve("few"), "--vocab-size", "256");
    assertThat(few.code()).isOne();
    assertThat(few.err()).contains("no room for the 256 bytes and 2 special tokens: give 258");

    Cli noRoom = train(folder.resolve("few"), "--vocab-size", "9", "--type", "unigram");
    assertThat(noRoom.code()).isOne();
    assertThat(noRoom.err()).contains("room for 6: 30 tokens are needed at least");
    Cli none = train(folder.resolve("few"), "--vocab-size", "3", "--type", "unigram");
    assertThat(none.err()).contains("a vocabulary of 3 tokens; it must have from 4 to ");
    assertThat(folder.resolve("few")).doesNotExist();

    Cli again = train(output, "--vocab-size", "300");
    assertThat(again.code()).isOne();
    assertThat(again.err()).contains("has a tokenizer already (tokenizer.json)");
  }

  @Test
  void textIsNeeded() throws IOException {
    Files.writeString(story, " \n\n");
    Cli empty = train(output, "--vocab-size", "300");
    assertThat(empty.code()).isOne();
    assertThat(empty.err()).contains("there is no text in [" + story + "]");
    Files.writeString(story, STORY);
    Path ids = Files.writeString(folder.resolve("ids.jsonl"), "{\"input_ids\": [1, 2]}\n");
    Cli tokens =
        Cli.run("train-tokenizer", "--input", ids, "--vocab-size", "300", "--output", output);
    assertThat(tokens.code()).isOne();
    assertThat(tokens.err()).contains("ids.jsonl:1").contains("of which no tokenizer can learn");
    assertThat(output).doesNotExist();
  }

  private Cli train(Path target, Object... more) {
    Object[] words = {"train-tokenizer", "--input", story, "--output", target};
    Object[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return Cli.run(all);
  }
}
