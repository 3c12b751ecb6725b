package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cria.chat.Message;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.LoraFactors;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is null is refused at once, by name, and not later by something that stumbles over it. */
class NullArgumentsTest {
    @TempDir
    private static Path folder;

    /** An argument of each type that public methods take. */
    private static final Map<Class<?>, Object> ARGUMENTS = Map.of(String.class, "a", int.class, 3, double.class, 1.0,
            InputStream.class, InputStream.nullInputStream(), MemorySegment.class, MemorySegment.NULL, Path.class,
            Path.of("a"), int[].class, new int[]{1}, ModelConfig.class, config(), Map.class, Map.of());

    private static @Nullable Object argument(Class<?> type) {
        return type.isInterface() && !ARGUMENTS.containsKey(type)
                ? Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type}, (_, method, _) -> {
                    throw new AssertionError(method);
                })
                : ARGUMENTS.get(type);
    }

    private static ModelConfig config() {
        return new ModelConfig("a", 32, 1, 1, 1, 32, 32, 300, 16, 1e-5f, 10_000f, 1f);
    }

    private static LoraAdapter adapter() {
        return LoraAdapter.of("a", Map.of("output.weight",
                new LoraFactors(1, 32, 300, 1, new float[32], new float[300])));
    }

    @TestFactory
    Stream<DynamicTest> ofEveryMethodOfTheInterface() {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        LlamaModel model = LlamaModel.load(file);
        List<Object> receivers = List.of(model, LlamaModel.builder(file), model.generate("a"), model.chat(),
                new Transcript(), adapter());
        return receivers.stream().flatMap(receiver -> Arrays.stream(receiver.getClass().getMethods())
                .filter(method -> method.getDeclaringClass().getPackage() == LlamaModel.class.getPackage())
                .flatMap(method -> ofEveryParameter(method, receiver))).onClose(model::close);
    }

    private static Stream<DynamicTest> ofEveryParameter(Method method, Object receiver) {
        List<DynamicTest> tests = new ArrayList<>();
        for (int i = 0; i < method.getParameterCount(); i++) {
            var parameter = method.getParameters()[i];
            if (!parameter.getType().isPrimitive() && !method.isBridge()) {
                @Nullable
                Object[] arguments = Arrays.stream(method.getParameterTypes())
                        .<@Nullable Object>map(NullArgumentsTest::argument).toArray();
                arguments[i] = null;
                tests.add(dynamicTest(method.getDeclaringClass().getSimpleName() + "." + method.getName() + ": "
                        + parameter.getName(),
                        () -> assertThatThrownBy(() -> method
                                .invoke(Modifier.isStatic(method.getModifiers()) ? null : receiver, arguments))
                                .cause().isInstanceOf(NullPointerException.class)
                                .message().isIn(parameter.getName() + " must not be null",
                                        method.getName() + " must not be null")));
            }
        }
        return tests.stream();
    }

    @Test
    void amongSeveralIsRefusedToo() {
        Generation generation = FakeModel.saying().language.generate("the");
        @SuppressWarnings("NullAway")
        Consumer<Generation> stop = options -> options.stop("a", null);
        assertThatThrownBy(() -> stop.accept(generation)).isInstanceOf(NullPointerException.class)
                .hasMessage("a string of stop must not be null");
    }

    @Test
    void inAMessageIsRefusedByItsName() {
        assertThatThrownBy(() -> Message.user(nothing())).hasMessage("content must not be null");
        assertThatThrownBy(() -> new Message(nothing(), "a")).hasMessage("role must not be null");
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }
}
