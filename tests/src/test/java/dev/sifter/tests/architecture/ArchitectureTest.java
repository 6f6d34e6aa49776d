package dev.sifter.tests.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds the arrows between modules and packages, and the places where foreign code may be called.
 *
 * <p>The classes are those of the main sources, as the class path of this module has them. A rule
 * about a package that has no class yet holds.
 */
class ArchitectureTest {
  private static final String[] BINDINGS = {
    "dev.sifter.kernels.gpu.jcuda..",
    "dev.sifter.kernels.gpu.blas..",
    "dev.sifter.engine.memory.libc.."
  };

  private static JavaClasses sifter;

  @BeforeAll
  static void importClasses() {
    sifter =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.sifter");
  }

  @Test
  void theRulesSeeTheProject() {
    // A rule that sees no class holds, so the import itself has to be proved.
    List<String> names = sifter.stream().map(type -> type.getName()).toList();
    assertThat(names).contains("dev.sifter.kernels.gpu.CudaProbe", "dev.sifter.train.cli.Main");
  }

  @Test
  void modulesUseOnlyThoseBelow() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .withOptionalLayers(true)
        .layer("kernels")
        .definedBy("dev.sifter.kernels..")
        .layer("engine")
        .definedBy("dev.sifter.engine..")
        .layer("model")
        .definedBy("dev.sifter.model..")
        .layer("train")
        .definedBy("dev.sifter.train..")
        .layer("bench")
        .definedBy("dev.sifter.bench..")
        .layer("tests")
        .definedBy("dev.sifter.tests..")
        .whereLayer("kernels")
        .mayNotAccessAnyLayer()
        .whereLayer("engine")
        .mayOnlyAccessLayers("kernels")
        .whereLayer("model")
        .mayOnlyAccessLayers("kernels", "engine")
        .whereLayer("train")
        .mayOnlyAccessLayers("kernels", "engine", "model")
        .whereLayer("bench")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("tests")
        .mayNotBeAccessedByAnyLayer()
        .allowEmptyShould(true)
        .check(sifter);
  }

  @Test
  void everyClassIsInAModule() {
    classes()
        .should()
        .resideInAnyPackage(
            "dev.sifter.kernels..",
            "dev.sifter.engine..",
            "dev.sifter.model..",
            "dev.sifter.train..",
            "dev.sifter.bench..",
            "dev.sifter.tests..")
        .allowEmptyShould(true)
        .check(sifter);
  }

  @Test
  void onlyItsBindingLinksJCuda() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sifter.kernels.gpu.jcuda..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jcuda..")
        .because("a machine without a GPU must run all the rest")
        .allowEmptyShould(true)
        .check(sifter);
  }

  @Test
  void onlyBindingsCallNativeFunctions() {
    noClasses()
        .that()
        .resideOutsideOfPackages(BINDINGS)
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .because("a wrong native signature ends the JVM, so few classes may have any")
        .allowEmptyShould(true)
        .check(sifter);
  }

  @Test
  void onlyTheCpuBackendLinksTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sifter.engine.backend.cpu..")
        .should()
        .dependOnClassesThat(resideInAPackage("jdk.incubator.vector.."))
        .because("Sifter starts without the incubator module, and says that it is missing")
        .allowEmptyShould(true)
        .check(sifter);
  }

  @Test
  void nobodyUsesWhatTheJdkIsAboutToRemove() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("sun..", "jdk.internal..")
        .allowEmptyShould(true)
        .check(sifter);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernels", "engine", "model", "train"})
  void packagesOfAModuleFormNoCycle(String module) {
    slices()
        .matching("dev.sifter." + module + ".(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(sifter);
  }

  @Test
  void partsOfTheEvaluationFormNoCycle() {
    slices().matching("dev.sifter.train.eval.(*)..").should().beFreeOfCycles().check(sifter);
    noClasses()
        .that()
        .resideInAPackage("dev.sifter.train.eval.*..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.sifter.train.eval")
        .because("tasks, scores and metrics know nothing of a run")
        .check(sifter);
  }
}
