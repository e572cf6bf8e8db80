package io.pipeflux.s3.test;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Resolves every name to this machine, and keeps the names. */
public final class EveryHostIsHere extends AddressResolverGroup<InetSocketAddress> {

    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /** The names that were resolved. */
    public Set<String> names() {
        return names;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String name, Promise<InetAddress> promise) {
                names.add(name);
                promise.setSuccess(InetAddress.getLoopbackAddress());
            }

            @Override
            protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
                names.add(name);
                promise.setSuccess(List.of(InetAddress.getLoopbackAddress()));
            }
        }.asAddressResolver();
    }
}
