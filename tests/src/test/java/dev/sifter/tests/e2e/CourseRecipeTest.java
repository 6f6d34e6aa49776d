package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftPlan;
import dev.sifter.train.sft.SftPlanner;
import dev.sifter.train.trainer.DeviceRates;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The recipe of the Hugging Face course's section on LoRA, with the names that the course uses. Its
 * notebook prints what the run came to: 72 steps of 4 blocks of 1512 tokens, and total_flos.
 */
class CourseRecipeTest {
  private static final int BLOCKS = 288;
  private static final int BLOCK_TOKENS = 1512;

  @TempDir Path folder;

  private SftConfig recipe(Path model, Path data) throws IOException {
    Path yaml = folder.resolve("course.yaml");
    Files.writeString(
        yaml,
        """
        model_name_or_path: %s
        dataset_name: %s
        output_dir: %s
        num_train_epochs: 1
        per_device_train_batch_size: 2
        gradient_accumulation_steps: 2
        gradient_checkpointing: true
        optim: adamw_torch_fused
        learning_rate: 2e-4
        max_grad_norm: 0.3
        warmup_ratio: 0.03
        lr_scheduler_type: constant
        logging_steps: 10
        save_strategy: epoch
        bf16: true
        push_to_hub: false
        report_to: none
        max_seq_length: 1512
        packing: true
        dataset_kwargs:
          add_special_tokens: false
          append_concat_token: false
        peft_config:
          r: 6
          lora_alpha: 8
          lora_dropout: 0.05
          bias: none
          target_modules: all-linear
          task_type: CAUSAL_LM
        """
            .formatted(model, data, folder.resolve("out")));
    return ConfigReader.read(yaml, List.of(), SftConfig.class);
  }

  @Test
  void thePlanSaysWhatTheNotebookPrints() throws IOException {
    SftConfig config = recipe(smolLm2(), blocks());
    SftPlan plan =
        new SftPlanner(config, new DeviceRates(1e12, 1e11, DType.F32), Optional.empty()).plan();
    assertThat(plan.parameters() - plan.trainableParameters()).isEqualTo(134_515_008);
    assertThat(plan.trainableParameters()).isEqualTo(1_831_680);
    assertThat(plan.steps()).isEqualTo(72);
    assertThat(plan.totalFlos()).isEqualTo(282_267_289_092_096.0);
  }

  @Test
  void theRecipeRuns() throws IOException {
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    SftConfig config = recipe(model, TinyModel.writeConversations(folder.resolve("c.jsonl"), 40));
    config.maxLength = 100;
    TrainingSummary summary = TinyRun.run(config, false);
    assertThat(summary.trainLoss()).isPositive().isFinite();
    assertThat(summary.epoch()).isEqualTo(1);
    assertThat(folder.resolve("out/adapter_model.safetensors")).exists();
  }

  /** Rows that each fill a block, so that the notebook's 288 trained blocks are all there are. */
  private Path blocks() throws IOException {
    String ids = String.join(",", Collections.nCopies(BLOCK_TOKENS, "5"));
    String row = "{\"input_ids\": [%s]}".formatted(ids);
    return Files.write(folder.resolve("blocks.jsonl"), Collections.nCopies(BLOCKS, row));
  }

  /** SmolLM2-135M without its numbers: the file is as long as the model's, and holds no byte. */
  private Path smolLm2() throws IOException {
    Path model = TinyModel.SMALLEST.write(folder.resolve("smollm2"));
    ObjectNode config = Json.readObject(model.resolve("config.json"));
    config.put("vocab_size", 49152);
    config.put("hidden_size", 576);
    config.put("intermediate_size", 1536);
    config.put("num_hidden_layers", 30);
    config.put("num_attention_heads", 9);
    config.put("num_key_value_heads", 3);
    config.put("max_position_embeddings", 8192);
    Json.write(model.resolve("config.json"), config);
    ObjectNode header = Json.mapper().createObjectNode();
    long end = tensor(header, 0, "model.embed_tokens.weight", 49152, 576);
    for (int layer = 0; layer < 30; layer++) {
      String block = "model.layers." + layer + ".";
      end = tensor(header, end, block + "input_layernorm.weight", 576);
      end = tensor(header, end, block + "post_attention_layernorm.weight", 576);
      end = tensor(header, end, block + "self_attn.q_proj.weight", 576, 576);
      end = tensor(header, end, block + "self_attn.k_proj.weight", 192, 576);
      end = tensor(header, end, block + "self_attn.v_proj.weight", 192, 576);
      end = tensor(header, end, block + "self_attn.o_proj.weight", 576, 576);
      end = tensor(header, end, block + "mlp.gate_proj.weight", 1536, 576);
      end = tensor(header, end, block + "mlp.up_proj.weight", 1536, 576);
      end = tensor(header, end, block + "mlp.down_proj.weight", 576, 1536);
    }
    end = tensor(header, end, "model.norm.weight", 576);
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile file =
        new RandomAccessFile(model.resolve("model.safetensors").toFile(), "rw")) {
      file.setLength(0);
      file.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      file.write(json);
      file.setLength(8 + json.length + end);
    }
    return model;
  }

  private static long tensor(ObjectNode header, long start, String name, long... shape) {
    long bytes = 2;
    ObjectNode entry = header.putObject(name);
    entry.put("dtype", "BF16");
    for (long extent : shape) {
      entry.withArray("shape").add(extent);
      bytes *= extent;
    }
    entry.putArray("data_offsets").add(start).add(start + bytes);
    return start + bytes;
  }
}
