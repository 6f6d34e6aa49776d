package dev.sifter.engine.memory;

import java.util.Map;
import java.util.TreeMap;

/**
 * Counts the bytes that arenas hand out, by arena and in all, with the highest values seen.
 *
 * <p>At exit every arena must read zero; {@link #assertEmpty()} says which does not.
 */
public final class MemoryLedger {
  private static final class Account {
    long bytes;
    long peakBytes;
  }

  private final Map<String, Account> accounts = new TreeMap<>();
  private final Account total = new Account();

  synchronized void add(String arena, long bytes) {
    Account account = accounts.computeIfAbsent(arena, name -> new Account());
    change(account, bytes);
    change(total, bytes);
  }

  private static void change(Account account, long bytes) {
    account.bytes += bytes;
    account.peakBytes = Math.max(account.peakBytes, account.bytes);
  }

  /** Bytes in use now, over all arenas. */
  public synchronized long bytes() {
    return total.bytes;
  }

  /** Highest number of bytes in use at once, over all arenas. */
  public synchronized long peakBytes() {
    return total.peakBytes;
  }

  /** Bytes in use now in the arenas of this name. */
  public synchronized long bytes(String arena) {
    Account account = accounts.get(arena);
    return account == null ? 0 : account.bytes;
  }

  /** Highest number of bytes in use at once, by arena name. */
  public synchronized Map<String, Long> peakBytesByArena() {
    Map<String, Long> peaks = new TreeMap<>();
    accounts.forEach((name, account) -> peaks.put(name, account.peakBytes));
    return peaks;
  }

  /**
   * Checks that everything was given back.
   *
   * @throws IllegalStateException naming each arena that still holds bytes
   */
  public synchronized void assertEmpty() {
    StringBuilder leaks = new StringBuilder();
    accounts.forEach(
        (name, account) -> {
          if (account.bytes != 0) {
            leaks.append(" %s: %d bytes;".formatted(name, account.bytes));
          }
        });
    if (!leaks.isEmpty()) {
      throw new IllegalStateException("arenas not closed:" + leaks);
    }
  }
}
