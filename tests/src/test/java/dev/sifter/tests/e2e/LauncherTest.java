package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher beside a build that writes its jar slowly, over the one that is there, and a java
 * that prints the jar.
 */
class LauncherTest {
  private static final Path BASH = Path.of("/bin/bash");

  @TempDir Path root;
  private Path source;

  @BeforeEach
  void makeProject() throws IOException {
    assumeTrue(Files.isExecutable(BASH), "the launcher is a script of bash");
    Files.copy(Path.of(System.getProperty("sifter.root"), "sifter"), root.resolve("sifter"));
    Files.writeString(root.resolve("pom.xml"), "");
    for (String module : List.of("kernels", "engine", "model", "train")) {
      Files.createDirectories(root.resolve(module + "/src/main"));
      Files.writeString(root.resolve(module + "/pom.xml"), "");
    }
    source = root.resolve("train/src/main/Main.java");
    Files.writeString(source, "");
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/jvm.args"), "");
    Path jdk = Files.createDirectories(root.resolve("jdk"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    script(jdk.resolve("bin/javac"), "");
    script(jdk.resolve("bin/java"), "cat train/target/sifter.jar");
    script(
        root.resolve("mvnw"),
        """
        echo build >> builds
        sleep 0.5
        echo half > train/target/sifter.jar
        sleep 0.5
        echo whole > train/target/sifter.jar
        """);
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/bash\nset -e\n" + text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** Starts so many launchers at once. */
  private List<Process> start(int count) throws IOException {
    List<Process> started = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ProcessBuilder builder = new ProcessBuilder(BASH.toString(), "sifter", "doctor");
      builder.directory(root.toFile()).environment().put("JAVA_HOME", root + "/jdk");
      started.add(builder.redirectError(root.resolve("errors-" + i).toFile()).start());
    }
    return started;
  }

  private static void assertPrintsTheJar(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(out).isEqualTo("whole\n");
    assertThat(process.waitFor()).isZero();
  }

  private List<String> builds() throws IOException {
    return Files.readAllLines(root.resolve("builds"));
  }

  @Test
  void startsThatFindItStaleBuildOnceAndNoneRunsTheHalfOfAJar() throws Exception {
    for (Process process : start(3)) {
      assertPrintsTheJar(process);
    }
    assertThat(builds()).hasSize(1);
    assertPrintsTheJar(start(1).getFirst());
    assertThat(builds()).as("with nothing newer").hasSize(1);
    Files.setLastModifiedTime(source, FileTime.from(Instant.now()));
    Path jar = root.resolve("train/target/sifter.jar");
    InputStream running = Files.newInputStream(jar);
    Process first = start(1).getFirst();
    Thread.sleep(700); // the jar of the second build is there, but not whole
    Process second = start(1).getFirst();
    assertPrintsTheJar(first);
    assertPrintsTheJar(second);
    assertThat(builds()).hasSize(2);
    try (running) {
      Files.writeString(jar, "new");
      assertThat(new String(running.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("whole\n");
    }
  }

  /** As where a folder that nobody may write to holds what Maven alone has built. */
  @Test
  void aJarThatIsNewerThanTheSourcesIsTaken() throws Exception {
    Files.createDirectories(root.resolve("train/target"));
    Files.writeString(root.resolve("train/target/sifter.jar"), "whole\n");
    assertPrintsTheJar(start(1).getFirst());
    assertThat(root.resolve("builds")).doesNotExist();
  }

  /** What a build that was killed leaves keeps nobody out. */
  @Test
  void aBuildThatFailedIsMadeAgain() throws Exception {
    Path mvnw = root.resolve("mvnw");
    String whole = Files.readString(mvnw);
    script(mvnw, "echo half > train/target/sifter.jar\nkill -9 $PPID\n");
    Process killed = start(1).getFirst();
    assertThat(killed.waitFor()).isNotZero();
    script(mvnw, whole.substring(whole.indexOf("echo build")));
    assertPrintsTheJar(start(1).getFirst());
  }
}
