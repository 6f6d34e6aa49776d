package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.TestBackends;
import dev.sifter.tests.e2e.TinyModel;
import dev.sifter.train.pretrain.PretrainConfig;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are refused before the first step, for what options name and what lies on the disk. */
class RefusedRunsTest {
  @TempDir private Path folder;

  private SftConfig runnable() {
    SftConfig config = new SftConfig();
    config.modelNameOrPath = TinyModel.SMALLEST.write(folder.resolve("model")).toString();
    config.datasetName =
        List.of(TinyModel.writeConversations(folder.resolve("d.jsonl"), 4).toString());
    config.outputDir = folder.resolve("out").toString();
    config.maxSteps = 1;
    return config;
  }

  private static void assertNotOpened(SftConfig config, boolean resume, String... parts) {
    var refusal =
        assertThatThrownBy(() -> SftRun.open(config, resume).close())
            .isInstanceOf(RuntimeException.class)
            .isNotInstanceOf(NullPointerException.class);
    for (String part : parts) {
      refusal.hasMessageContaining(part);
    }
  }

  /** Its checkpoints would be resumed later, or kept in place of the new ones. */
  @Test
  void anEarlierRunsCheckpoints() throws IOException {
    SftConfig config = runnable();
    Path old = Files.createDirectories(Path.of(config.outputDir, "checkpoint-7"));
    assertNotOpened(config, false, config.outputDir, "checkpoint-7", "--resume");
    config.overwriteOutputDir = true;
    config.device = "abacus";
    assertNotOpened(config, false, "'abacus'");
    assertThat(old).as("after a run that was refused").exists();
    config.device = TestBackends.fastest();
    try (SftRun run = SftRun.open(config, false)) {
      run.run();
    }
    assertThat(old).doesNotExist();
  }

  @Test
  void nothingToResume() {
    SftConfig config = runnable();
    assertNotOpened(config, true, config.outputDir, "no checkpoint", "--resume");
  }

  @Test
  void unknownDevice() {
    SftConfig config = runnable();
    config.device = "abacus";
    assertNotOpened(config, false, "'abacus'", "cpu", "reference");
  }

  @Test
  void outputOverTheModel() {
    SftConfig config = runnable();
    config.outputDir = folder.resolve("model/../model").toString();
    assertNotOpened(config, false, "output_dir", "model/../model", "model_name_or_path");
  }

  @Test
  void unknownSchedule() {
    SftConfig config = runnable();
    config.lrSchedulerType = "zigzag";
    assertNotOpened(config, false, "lr_scheduler_type", "zigzag", "cosine");
  }

  @Test
  void modelThatIsNotThere() {
    SftConfig config = runnable();
    config.modelNameOrPath = folder.resolve("nowhere").toString();
    assertNotOpened(config, false, "nowhere", "does not exist");
    config.modelNameOrPath = "far/from/here";
    assertNotOpened(config, false, "does not exist in " + Path.of("").toAbsolutePath());
  }

  @ParameterizedTest
  @CsvSource({
    "meta-llama/Llama-3.2-1B,smoltalk.jsonl,hf download meta-llama/Llama-3.2-1B --local-dir Ll",
    "'',HuggingFaceTB/smoltalk,hf download --repo-type dataset HuggingFaceTB/smoltalk --local"
  })
  void namesOfTheHub(String model, String data, String remedy) {
    SftConfig config = runnable();
    config.modelNameOrPath = model.isEmpty() ? config.modelNameOrPath : model;
    config.datasetName = List.of(data);
    assertNotOpened(config, false, remedy);
  }

  /** A tokenizer with more tokens than the model does no harm until data has them. */
  @Test
  void tokensThatTheModelHasNoEmbeddingOf() throws IOException {
    SftConfig config = runnable();
    Path model = Path.of(config.modelNameOrPath);
    Tokenizer own = Tokenizer.load(model);
    own.withAddedTokens(List.of("<|more|>")).save(model);
    SftRun.open(config, false).close();
    Path data = Path.of(config.datasetName.getFirst());
    Files.writeString(data, Files.readString(data).replaceFirst("content\":\"", "$0<|more|>"));
    int known = own.vocabSize();
    assertNotOpened(
        config,
        false,
        "the training rows have the token '<|more|>' (%d)".formatted(known),
        "embeddings of %d tokens".formatted(known),
        "sifter add-tokens");
  }

  @Test
  void textThatTheModelToPretrainHasNoEmbeddingOf() throws IOException {
    PretrainConfig config = new PretrainConfig();
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Tokenizer own = Tokenizer.load(model);
    own.withAddedTokens(List.of("<|more|>")).save(model);
    config.modelNameOrPath = model.toString();
    Path text = Files.writeString(folder.resolve("text.txt"), "red fox <|more|>");
    config.datasetName = List.of(text.toString());
    config.outputDir = folder.resolve("out").toString();
    config.maxLength = 8;
    assertThatThrownBy(() -> SftRun.open(config, false).close())
        .hasMessageContaining(
            "the training rows have the token '<|more|>' (%1$d), but the model has embeddings of"
                + " %1$d tokens",
            own.vocabSize());
  }

  @Test
  void dataThatIsNotThere() {
    SftConfig config = runnable();
    config.datasetName = List.of(folder.resolve("nowhere.jsonl").toString());
    assertNotOpened(config, false, "nowhere.jsonl");
  }

  @Test
  void templateThatIsNotThere() {
    SftConfig config = runnable();
    config.chatTemplatePath = "nonsense";
    assertNotOpened(config, false, "chat template 'nonsense'", "chatml");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void learningRateThatIsNoNumber(double rate) {
    SftConfig config = runnable();
    config.learningRate = rate;
    assertThatThrownBy(config::validate)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learning_rate is " + rate);
  }
}
