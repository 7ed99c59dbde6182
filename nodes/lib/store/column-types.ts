import { DataTypes, type Sequelize } from 'sequelize';

/** Text without a bound: MySQL and MariaDB cut a plain TEXT at 64 kB. */
export function longText(sequelize: Sequelize) {
  return sequelize.getDialect() === 'sqlite' ? DataTypes.TEXT : DataTypes.TEXT('long');
}
