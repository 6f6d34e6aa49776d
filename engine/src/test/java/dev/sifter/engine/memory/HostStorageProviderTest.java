package dev.sifter.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sifter.engine.tensor.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("it watches the memory of the whole process")
class HostStorageProviderTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  private final HostStorageProvider provider = new HostStorageProvider();

  private static MemorySegment bytes(Storage storage) {
    return ((Storage.Host) storage).segment();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 64, 4095, 1 << 20, 100 << 20})
  void memoryIsAlignedAndZero(long bytes) {
    Storage storage = provider.reserve(bytes);
    MemorySegment segment = bytes(storage);

    assertThat(segment.byteSize()).isEqualTo(bytes);
    assertThat(segment.address() % SlabAllocator.ALIGNMENT).isZero();
    assertThat(segment.mismatch(MemorySegment.ofArray(new byte[(int) bytes]))).isEqualTo(-1);
    segment.set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 1);
    provider.release(storage);
  }

  @Test
  void aPageIsTakenWhenItIsTouched() throws IOException {
    assumeTrue(Files.exists(STATUS), "needs /proc, to see resident memory");
    long bytes = 1L << 30;
    long before = residentBytes();
    Storage storage = provider.reserve(bytes);
    long reserved = residentBytes();
    bytes(storage).asSlice(0, bytes / 4).fill((byte) 1);
    long touched = residentBytes();

    // The JVM's own threads take and give back some of the rest.
    assertThat(reserved - before).isLessThan(bytes / 8);
    assertThat(touched - before).isBetween(bytes / 8, bytes / 2);
    provider.release(storage);
    assertThat(residentBytes() - before).isLessThan(bytes / 8);
  }

  @Test
  void whatIsReleasedCannotBeRead() {
    Storage storage = provider.reserve(1024);
    MemorySegment segment = bytes(storage);
    provider.release(storage);

    assertThatIllegalStateException().isThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0));
    assertThatIllegalStateException().isThrownBy(() -> provider.release(storage));
  }

  @Test
  void aSizeThatNoMachineHasIsRefusedWithTheOptionsThatMendIt() {
    assertThatThrownBy(() -> provider.reserve(1L << 60))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage(
            "no %d MiB of memory to be had; lower per_device_train_batch_size or max_length, or turn gradient_checkpointing on"
                .formatted(1L << 40));
  }

  private static long residentBytes() throws IOException {
    String line =
        Files.readAllLines(STATUS).stream()
            .filter(l -> l.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
  }
}
