package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What users can see of this module, and which packages may see which. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExportedApiTest {
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?(dev\\.cria\\.[a-z.]+)\\.[A-Z]",
            Pattern.MULTILINE);

    private Path classes = Path.of("");
    private Set<String> exported = Set.of();

    @BeforeAll
    void readModule() throws Exception {
        URI root = LanguageModel.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        classes = Path.of(root);
        try (InputStream in = Files.newInputStream(classes.resolve("module-info.class"))) {
            exported = ModuleDescriptor.read(in).exports().stream().filter(export -> !export.isQualified())
                    .map(ModuleDescriptor.Exports::source).collect(Collectors.toUnmodifiableSet());
        }
    }

    private Collection<Class<?>> visibleClasses() throws IOException {
        List<Class<?>> visible = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                String name = classes.relativize(file).toString().replace('/', '.').replace('\\', '.')
                        .replaceFirst("\\.class$", "");
                if (name.endsWith("-info") || !exported.contains(name.replaceFirst("\\.[^.]+$", ""))) {
                    continue;
                }
                try {
                    Class<?> type = Class.forName(name, false, getClass().getClassLoader());
                    if (Stream.<Class<?>>iterate(type, each -> each != null, Class::getEnclosingClass)
                            .allMatch(each -> isVisible(each.getModifiers()))) {
                        visible.add(type);
                    }
                } catch (ClassNotFoundException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return visible;
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    @Test
    void everythingInASignatureThatUsersSeeIsExported() throws IOException {
        Set<String> hidden = new TreeSet<>();
        for (Class<?> type : visibleClasses()) {
            for (Member member : members(type)) {
                if (isVisible(member.getModifiers()) && !member.isSynthetic()) {
                    types(member).flatMap(ExportedApiTest::classes).filter(this::isHidden)
                            .forEach(found -> hidden.add(member + " shows " + found.getName()));
                }
            }
        }
        assertThat(visibleClasses()).hasSizeGreaterThan(30);
        assertThat(hidden).isEmpty();
    }

    private boolean isHidden(Class<?> type) {
        return type.getPackageName().startsWith("dev.cria.model") && !exported.contains(type.getPackageName());
    }

    private static List<Member> members(Class<?> type) {
        return Stream.<Member>concat(Stream.concat(Arrays.stream(type.getDeclaredMethods()),
                Arrays.stream(type.getDeclaredConstructors())), Arrays.stream(type.getDeclaredFields())).toList();
    }

    private static Stream<Type> types(Member member) {
        return switch (member) {
            case Method method -> Stream.of(Stream.of(method.getGenericReturnType()),
                    Arrays.stream(method.getGenericParameterTypes()), Arrays.stream(method.getGenericExceptionTypes()))
                    .flatMap(each -> each);
            case Constructor<?> constructor -> Stream.concat(Arrays.stream(constructor.getGenericParameterTypes()),
                    Arrays.stream(constructor.getGenericExceptionTypes()));
            case Field field -> Stream.of(field.getGenericType());
            default -> throw new AssertionError(member);
        };
    }

    private static Stream<Class<?>> classes(Type type) {
        return switch (type) {
            case Class<?> plain -> Stream.of(plain.isArray() ? plain.getComponentType() : plain);
            case ParameterizedType generic -> Stream.concat(classes(generic.getRawType()),
                    Arrays.stream(generic.getActualTypeArguments()).flatMap(ExportedApiTest::classes));
            case GenericArrayType array -> classes(array.getGenericComponentType());
            case WildcardType wildcard -> Stream.concat(Arrays.stream(wildcard.getUpperBounds()),
                    Arrays.stream(wildcard.getLowerBounds())).flatMap(ExportedApiTest::classes);
            default -> Stream.empty();
        };
    }

    @Test
    void noPackageImportsItsParent() throws IOException {
        Path sources = Path.of("src/main/java");
        List<String> wrong = new ArrayList<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                String own = sources.relativize(file.getParent()).toString().replace('/', '.').replace('\\', '.');
                Matcher imports = IMPORT.matcher(Files.readString(file));
                while (imports.find()) {
                    if (own.startsWith(imports.group(1) + ".")) {
                        wrong.add(file + " imports " + imports.group(1));
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }
}
