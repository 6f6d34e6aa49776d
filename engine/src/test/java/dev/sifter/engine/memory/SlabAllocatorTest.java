package dev.sifter.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.memory.SlabAllocator.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlabAllocatorTest {
  private static final long SLAB = 4096;

  /** Allocations and releases in a random order; the test's name has the seed. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void blocksNeverOverlap(long seed) {
    SlabAllocator allocator = new SlabAllocator(SLAB, bytes -> {});
    List<Block> live = new ArrayList<>();
    Random random = new Random(seed);
    for (int step = 0; step < 2000; step++) {
      if (live.isEmpty() || random.nextInt(100) < 55) {
        long bytes = random.nextInt(10) == 0 ? random.nextInt(10_000) : random.nextInt(300);
        Block block = allocator.allocate(bytes);
        assertThat(block.bytes()).isGreaterThanOrEqualTo(Math.max(1, bytes)).isLessThan(bytes + 65);
        assertThat(block.offset() % SlabAllocator.ALIGNMENT).isZero();
        assertThat(block.offset() + block.bytes())
            .isLessThanOrEqualTo(allocator.slabSizes().get(block.slab()));
        assertThat(live).noneMatch(other -> overlap(block, other));
        live.add(block);
      } else {
        allocator.release(live.remove(random.nextInt(live.size())));
      }
    }
    live.forEach(allocator::release);
    assertThatEverySlabIsOneFreeRange(allocator);
  }

  private static boolean overlap(Block a, Block b) {
    return a.slab() == b.slab()
        && a.offset() < b.offset() + b.bytes()
        && b.offset() < a.offset() + a.bytes();
  }

  /** If neighbours were not joined, a block as large as its slab would open a new one. */
  private static void assertThatEverySlabIsOneFreeRange(SlabAllocator allocator) {
    List<Long> sizes = List.copyOf(allocator.slabSizes());
    sizes.forEach(allocator::allocate);
    assertThat(allocator.slabSizes()).isEqualTo(sizes);
  }

  @Test
  void theSameCallsGiveTheSamePlaces() {
    assertThat(places(11)).isEqualTo(places(11));
  }

  private static List<Block> places(long seed) {
    SlabAllocator allocator = new SlabAllocator(SLAB, bytes -> {});
    List<Block> places = new ArrayList<>();
    Random random = new Random(seed);
    for (int step = 0; step < 500; step++) {
      Block block = allocator.allocate(random.nextInt(1000));
      places.add(block);
      if (random.nextBoolean()) {
        allocator.release(block);
      }
    }
    return places;
  }

  @Test
  void theSmallestRangeThatFitsIsTaken() {
    SlabAllocator allocator = new SlabAllocator(SLAB, bytes -> {});
    Block large = allocator.allocate(1024);
    allocator.allocate(64);
    Block small = allocator.allocate(128);
    allocator.allocate(64);
    allocator.release(large);
    allocator.release(small);
    assertThat(allocator.allocate(100)).isEqualTo(small);
  }

  @Test
  void aBlockLargerThanASlabGetsItsOwn() {
    SlabAllocator allocator = new SlabAllocator(SLAB, bytes -> {});
    allocator.allocate(1);
    allocator.allocate(10_000);
    assertThat(allocator.slabSizes()).containsExactly(SLAB, 10_048L);
  }

  @Test
  void releaseAllKeepsTheSlabs() {
    SlabAllocator allocator = new SlabAllocator(SLAB, bytes -> {});
    for (int i = 0; i < 9; i++) {
      allocator.allocate(1000);
    }
    List<Long> sizes = List.copyOf(allocator.slabSizes());
    allocator.releaseAll();
    for (int i = 0; i < 9; i++) {
      allocator.allocate(1000);
    }
    assertThat(allocator.slabSizes()).isEqualTo(sizes);
  }
}
