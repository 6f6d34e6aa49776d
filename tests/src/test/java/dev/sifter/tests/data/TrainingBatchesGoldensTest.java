package dev.sifter.tests.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.GoldenTensors;
import dev.sifter.tests.Goldens;
import dev.sifter.train.data.BatchPlan;
import dev.sifter.train.data.BatchSequence;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.ExampleOrder;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.data.PackingStrategy;
import dev.sifter.train.data.SftPreparation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every micro-batch that real runs of TRL's trainer were fed, from the files that they read. */
class TrainingBatchesGoldensTest {
  @ParameterizedTest
  @ValueSource(strings = {"full", "lora", "lora_packed", "lm_full_loss"})
  void everyMicroBatchIsTheReferences(String run) {
    Path folder = Goldens.golden("train/" + run);
    JsonNode log = Json.readObject(folder.resolve("log.json"));
    JsonNode args = log.get("args");
    boolean packing = args.get("packing").asBoolean();
    Path base = Goldens.golden("train/base");
    List<Example> rows =
        SftPreparation.prepare(
                DataConfig.builder()
                    .files(List.of(dataFile(run)))
                    .maxLength(args.get("max_length").asInt())
                    .assistantOnlyLoss(args.get("assistant_only_loss").asBoolean())
                    .packing(packing ? PackingStrategy.BFD : null)
                    .build(),
                Tokenizer.load(base),
                ChatTemplates.find(base).orElseThrow())
            .examples();
    assertThat(rows).hasSize(log.get("train_examples").asInt());
    BatchPlan plan =
        new BatchPlan(
            rows.size(),
            args.get("per_device_train_batch_size").asInt(),
            args.get("gradient_accumulation_steps").asInt(),
            false,
            ExampleOrder.SEQUENTIAL,
            args.get("seed").asLong());
    assertThat(plan.updatesPerEpoch()).isEqualTo(log.get("optimizer_steps_per_epoch").asInt());
    assertThat(plan.epochAfter(args.get("max_steps").asLong()))
        .isEqualTo(log.get("epoch").asDouble());
    Path tensors =
        Goldens.golden(
            "train/%s/micro_batches.safetensors".formatted(run.equals("lora") ? "full" : run));
    try (GoldenTensors golden = GoldenTensors.open(tensors)) {
      check(rows, plan, args.get("max_steps").asLong(), packing, golden, log.get("micro_batches"));
    }
  }

  private static String dataFile(String run) {
    String name = run.equals("lm_full_loss") ? "lm_train.jsonl" : "chat_train.jsonl";
    return Goldens.golden("train/" + name).toString();
  }

  private static void check(
      List<Example> rows,
      BatchPlan plan,
      long updates,
      boolean packed,
      GoldenTensors golden,
      JsonNode log) {
    BatchSequence sequence = new BatchSequence(plan);
    int number = 0;
    for (long update = 0; update < updates; update++) {
      List<MicroBatch> batches = new ArrayList<>();
      for (int[] indices : sequence.update(update).microBatches()) {
        List<Example> examples = new ArrayList<>();
        for (int index : indices) {
          examples.add(rows.get(index));
        }
        MicroBatch batch =
            packed ? MicroBatch.paddingFree(examples) : MicroBatch.padded(examples, 1);
        batches.add(batch);
        checkTokens(
            batch, examples, packed, golden, "%03d.".formatted(number + batches.size() - 1));
      }
      for (MicroBatch batch : batches) {
        JsonNode logged = log.get(number++);
        assertThat(logged.get("step").asLong()).isEqualTo(update);
        assertThat(MicroBatch.numItemsInBatch(batches))
            .isEqualTo(logged.get("num_items_in_batch").asLong());
        assertThat(batch.targets()).hasSize(logged.get("target_tokens").asInt());
        assertThat(batch.computedTokens())
            .isEqualTo(logged.get("shape").get(0).asInt() * logged.get("shape").get(1).asInt());
      }
    }
    assertThat(number).isEqualTo(log.size());
  }

  private static void checkTokens(
      MicroBatch batch,
      List<Example> examples,
      boolean packed,
      GoldenTensors golden,
      String prefix) {
    int[] ids = golden.ints(prefix + "input_ids");
    int[] labels = golden.ints(prefix + "labels");
    int width = (int) golden.shape(prefix + "input_ids")[1];
    if (packed) {
      assertThat(batch.tokens().ids()).containsExactly(ids);
      assertThat(batch.tokens().positions()).containsExactly(golden.ints(prefix + "position_ids"));
      return;
    }
    assertThat(golden.ints(prefix + "lengths"))
        .containsExactly(examples.stream().mapToInt(Example::length).toArray());
    for (int r = 0; r < examples.size(); r++) {
      int length = examples.get(r).length();
      assertThat(examples.get(r).inputIds())
          .containsExactly(Arrays.copyOfRange(ids, r * width, r * width + length));
      assertThat(examples.get(r).labels())
          .containsExactly(Arrays.copyOfRange(labels, r * width, r * width + length));
    }
  }
}
