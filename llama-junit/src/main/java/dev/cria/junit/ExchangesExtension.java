package dev.cria.junit;

import dev.cria.model.MissingAnswerException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Shows with the failure of a test what that test asked the model. */
final class ExchangesExtension
        implements
            BeforeEachCallback,
            AfterEachCallback,
            InvocationInterceptor,
            TestExecutionExceptionHandler,
            LifecycleMethodExecutionExceptionHandler {
    ExchangesExtension() {}

    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        Exchanges.of(test).begin();
    }

    @Override
    public void afterEach(ExtensionContext test) {
        Exchanges.of(test).end();
    }

    @Override
    public <T> T interceptTestClassConstructor(Invocation<T> invocation,
            ReflectiveInvocationContext<Constructor<T>> constructor, ExtensionContext context) throws Throwable {
        // the context of the test, unless it is an instance for all tests, or JUnit is older than 5.12
        Exchanges exchanges = context.getTestMethod().isPresent()
                ? Exchanges.of(context)
                : Exchanges.of(context).part();
        try {
            return new TestScope(exchanges, Sampling.of(context)).call(invocation::proceed);
        } catch (Throwable failure) {
            throw explained(exchanges, failure);
        }
    }

    @Override
    public void interceptBeforeAllMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        var _ = TestScope.of(context).call(invocation::proceed);
    }

    @Override
    public void interceptBeforeEachMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        var _ = TestScope.of(context).call(invocation::proceed);
    }

    @Override
    public void interceptTestMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        var _ = TestScope.of(context).call(invocation::proceed);
    }

    @Override
    public <T> T interceptTestFactoryMethod(Invocation<T> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        return TestScope.of(context).call(invocation::proceed);
    }

    @Override
    public void interceptTestTemplateMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        var _ = TestScope.of(context).call(invocation::proceed);
    }

    @Override
    public void interceptDynamicTest(Invocation<Void> invocation, DynamicTestInvocationContext dynamicTest,
            ExtensionContext context) throws Throwable {
        Exchanges exchanges = Exchanges.of(context);
        exchanges.begin();
        try {
            var _ = TestScope.of(context).call(invocation::proceed);
        } catch (Throwable failure) {
            throw explained(exchanges, failure); // JUnit asks no handler about the failures of dynamic tests
        } finally {
            exchanges.end();
        }
    }

    @Override
    public void interceptAfterEachMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        var _ = TestScope.of(context).call(invocation::proceed);
    }

    @Override
    public void interceptAfterAllMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        var _ = TestScope.of(context).call(invocation::proceed);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw explained(Exchanges.of(context), failure);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        throw explained(Exchanges.of(context), failure);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        throw explained(Exchanges.of(context), failure);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        throw explained(Exchanges.of(context), failure);
    }

    @Override
    public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw explained(Exchanges.of(context), failure);
    }

    /** {@return the failure, or one in its place, with what was asked of the model} */
    private static Throwable explained(Exchanges exchanges, Throwable failure) {
        Throwable advised = MissingAnswers.withAdvice(failure);
        ModelWasAsked.addTo(advised, exchanges.results());
        return advised;
    }
}
