package dev.sifter.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Files have ASCII's digits where the user's language has others. */
@Isolated("sets the locale of the process")
class WrittenDigitsTest {
  private static final Locale OWN = Locale.getDefault(Locale.Category.FORMAT);

  @BeforeEach
  void writeArabic() {
    Locale.setDefault(Locale.Category.FORMAT, Locale.of("ar", "EG"));
    assertThat("%d".formatted(64)).isEqualTo("\u0666\u0664");
  }

  @AfterEach
  void writeAsBefore() {
    Locale.setDefault(Locale.Category.FORMAT, OWN);
  }

  @Test
  void shardsHaveTheNamesThatOthersLookFor(@TempDir Path folder) {
    Tensor tensor =
        new Tensor(
            DType.F32, Shape.of(2), new Storage.Host(MemorySegment.ofArray(new float[2])), 0);
    WeightFolderWriter.write(folder, new TreeMap<>(Map.of("a", tensor, "b", tensor)), 8);
    assertThat(folder.resolve("model-00002-of-00002.safetensors")).exists();
  }

  @Test
  void aQuantStateIsJson() {
    QuantState state = new QuantState(DType.BF16, 32, 64, 0.25f);
    assertThat(new String(state.bytes(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"quant_type\": \"nf4\", \"blocksize\": 64, \"dtype\": \"bfloat16\","
                + " \"shape\": [32, 64], \"nested_blocksize\": 256, \"nested_dtype\": \"float32\","
                + " \"nested_offset\": 0.25}");
  }
}
