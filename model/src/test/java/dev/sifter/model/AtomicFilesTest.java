package dev.sifter.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is the old one or the new one, never something between. */
class AtomicFilesTest {
  @TempDir Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void assertFiles(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder(names);
    }
  }

  @Test
  void createsFoldersAndReplacesFiles() throws IOException {
    Path file = folder.resolve("a/b/c.txt");
    AtomicFiles.write(file, out -> out.write(bytes("old, and longer")));
    AtomicFiles.write(file, out -> out.write(bytes("new")));
    assertThat(file).hasContent("new");
    assertFiles("a");
  }

  @Test
  void aFailureHalfWayLeavesTheOldFile() throws IOException {
    Path file = folder.resolve("weights");
    AtomicFiles.write(file, out -> out.write(bytes("old")));
    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    file,
                    out -> {
                      out.write(new byte[1 << 20]);
                      assertThat(file).hasContent("old");
                      throw new IOException("half way");
                    }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write %s: half way", file);
    assertThat(file).hasContent("old");
    assertFiles("weights");
  }

  @Test
  void anUncheckedFailureLeavesNothing() throws IOException {
    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    folder.resolve("new"),
                    out -> {
                      throw new IllegalStateException("bug");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertFiles();
  }

  @Test
  void aFullDiskLeavesTheOldFile() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "skipped: this system has no /dev/full");
    Path file = folder.resolve("weights");
    AtomicFiles.write(file, out -> out.write(bytes("old")));
    Files.createSymbolicLink(folder.resolve(".weights.partial"), full);
    assertThatThrownBy(() -> AtomicFiles.write(file, out -> out.write(bytes("new"))))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("No space left");
    assertThat(file).hasContent("old");
    assertFiles("weights");
  }

  @Test
  void whatAnEarlierCrashLeftIsOverwritten() throws IOException {
    Files.writeString(
        folder.resolve(".weights.partial"), "left behind, and longer than the new one");
    AtomicFiles.write(folder.resolve("weights"), out -> out.write(bytes("new")));
    assertThat(folder.resolve("weights")).hasContent("new");
    assertFiles("weights");
  }

  @Test
  void closingTheStreamDoesNoHarm() throws IOException {
    AtomicFiles.write(
        folder.resolve("weights"),
        out -> {
          out.write(bytes("all"));
          out.close();
        });
    assertThat(folder.resolve("weights")).hasContent("all");
  }

  @Test
  void ofALinkTheFileBehindItIsReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("file"));
    Path far = Files.createDirectory(folder.resolve("far")).resolve("link");
    Files.createSymbolicLink(far, link);
    AtomicFiles.write(far, out -> out.write(bytes("new")));
    assertThat(far).isSymbolicLink();
    assertThat(link).isSymbolicLink();
    assertThat(file).isRegularFile().hasContent("new");
    assertFiles("far", "file", "link");
  }

  @Test
  void aLinkMayLeadToAFileThatIsNotThereYet() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("new/file"));
    AtomicFiles.write(link, out -> out.write(bytes("new")));
    assertThat(link).isSymbolicLink().hasContent("new");
    assertThat(folder.resolve("new/file")).isRegularFile();
  }

  @Test
  void linksThatLeadNowhereAreRefused() throws IOException {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, link);
    assertThatThrownBy(() -> AtomicFiles.write(link, out -> out.write(bytes("new"))))
        .hasMessage("cannot write %s: its links lead in a circle", link);
    assertThat(link).isSymbolicLink();
  }

  @Test
  void aFolderIsRefusedBeforeAnythingIsComputed() {
    assertThatThrownBy(() -> AtomicFiles.write(folder, out -> fail("the content was asked for")))
        .hasMessage("cannot write %s: it is a folder", folder);
  }

  @Test
  void aPipeIsWrittenToAndStays() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "skipped: there is no mkfifo");
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(pipe);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    AtomicFiles.write(pipe, out -> out.write(bytes("through")));
    assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).isOther()).isTrue();
    assertFiles("pipe");
  }
}
