package dev.sifter.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with files is told in words, whatever Java makes of it. */
class FileErrorsTest {
  @TempDir Path folder;

  private static String reasonOf(ThrowingCallable action) {
    return FileErrors.reason(catchThrowableOfType(IOException.class, action));
  }

  @Test
  void theSystemsOwnFailuresHaveReasons() throws IOException {
    Path file = Files.write(folder.resolve("latin1"), new byte[] {(byte) 0xe9});
    assertThat(reasonOf(() -> Files.readString(folder.resolve("none"))))
        .isEqualTo("no such file or folder");
    assertThat(reasonOf(() -> Files.readAllBytes(folder))).isEqualTo("it is a folder");
    assertThat(reasonOf(() -> Files.list(file))).isEqualTo("it is not a folder");
    assertThat(reasonOf(() -> Files.readAllBytes(file.resolve("x"))))
        .isEqualTo("a part of its path is not a folder");
    assertThat(reasonOf(() -> Files.createDirectories(file)))
        .isEqualTo("a file of that name is there already");
    assertThat(reasonOf(() -> Files.delete(folder))).isEqualTo("the folder is not empty");
    assertThat(reasonOf(() -> Files.readString(file))).isEqualTo("it is not UTF-8 text");
  }

  @Test
  void aFileThatIsNotOursIsNamedAsSuch() throws IOException {
    assertThat(FileErrors.reason(new AccessDeniedException("a/b"))).isEqualTo("permission denied");
    Path locked = Files.createFile(folder.resolve("locked"));
    assumeTrue(locked.toFile().setReadable(false) && !Files.isReadable(locked), "root reads all");
    assertThat(reasonOf(() -> Files.readString(locked))).isEqualTo("permission denied");
  }

  @Test
  void otherReasonsStayAsTheyAre() {
    assertThat(FileErrors.reason(new IOException("No space left on device")))
        .isEqualTo("No space left on device");
    assertThat(FileErrors.reason(new IOException())).isEqualTo("java.io.IOException");
  }

  @Test
  void theErrorSaysWhatAndWhyAndKeepsItsCause() {
    IOException cause = new AccessDeniedException("a/b");
    assertThatThrownBy(
            () -> {
              throw FileErrors.because("cannot read a/b", cause);
            })
        .hasMessage("cannot read a/b: permission denied")
        .hasCause(cause);
  }
}
